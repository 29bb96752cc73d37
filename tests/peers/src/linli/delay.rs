//! A relay that delays every datagram, to count round trips by the clock.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Context as _;
use tokio::{net::UdpSocket, runtime::Runtime, time::sleep};

/// Each way.
pub const DELAY: Duration = Duration::from_millis(50);

pub struct Relay {
    pub address: SocketAddr,
    // Ends with the relay.
    _runtime: Runtime,
}

impl Relay {
    /// Relays for one dialler at a time.
    pub fn towards(hub: SocketAddr) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (outer, inner) = runtime.block_on(async {
            let loopback = (Ipv4Addr::LOCALHOST, 0);
            let (outer, inner) = (UdpSocket::bind(loopback).await?, UdpSocket::bind(loopback).await?);
            inner.connect(hub).await?;
            Ok::<_, std::io::Error>((Arc::new(outer), Arc::new(inner)))
        })?;
        let address = outer.local_addr().context("the relay's address")?;
        let dialler = Arc::new(Mutex::new(None));
        runtime.spawn(out(outer.clone(), inner.clone(), dialler.clone()));
        runtime.spawn(back(inner, outer, dialler));
        Ok(Self { address, _runtime: runtime })
    }
}

type Dialler = Arc<Mutex<Option<SocketAddr>>>;

async fn out(outer: Arc<UdpSocket>, inner: Arc<UdpSocket>, dialler: Dialler) {
    let mut datagram = vec![0; 65_536];
    while let Ok((length, from)) = outer.recv_from(&mut datagram).await {
        *dialler.lock().expect("nobody panics under it") = Some(from);
        let (inner, datagram) = (inner.clone(), datagram[..length].to_vec());
        tokio::spawn(async move {
            sleep(DELAY).await;
            let _ = inner.send(&datagram).await;
        });
    }
}

async fn back(inner: Arc<UdpSocket>, outer: Arc<UdpSocket>, dialler: Dialler) {
    let mut datagram = vec![0; 65_536];
    while let Ok(length) = inner.recv(&mut datagram).await {
        let Some(to) = *dialler.lock().expect("nobody panics under it") else { continue };
        let (outer, datagram) = (outer.clone(), datagram[..length].to_vec());
        tokio::spawn(async move {
            sleep(DELAY).await;
            let _ = outer.send_to(&datagram, to).await;
        });
    }
}
