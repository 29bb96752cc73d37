//! samod: a server with its file-system storage as a process of its own, and a client over TCP on loopback.

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Instant,
};

use anyhow::{Context as _, bail, ensure};
use automerge::{ROOT, transaction::Transactable as _};
use futures::future::BoxFuture;
use samod::{
    BackoffConfig, ConnectionId, DialError, Dialer, DialerHandle, DocHandle, Repo, Transport, Url,
    storage::TokioFilesystemStorage,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

use crate::{
    side::{self, Side, Usage},
    workload::Card,
};

/// One run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// From connecting until the server has said of every document that it has all of it. It has not
    /// synced a file by then.
    pub cold_s: f64,
    pub cold_bytes: u64,
    pub idle_bytes: u64,
    pub one_percent_bytes: u64,
    pub server: Usage,
}

/// The server's process.
pub fn server(directory: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    let storage = TokioFilesystemStorage::new(directory);
    runtime.spawn(async move {
        let repo = Repo::build_tokio().with_storage(storage).load().await;
        let acceptor = repo.make_acceptor(url(address)).expect("the repository has just begun");
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let _ = acceptor.accept(Transport::from_tokio_io(stream));
        }
    });
    side::play(&address, |words| bail!("the server takes no command `{}`", words.join(" ")))
}

/// Measures everything once, from a server that has nothing.
pub fn run(cards: &[Card], directory: &Path) -> anyhow::Result<Run> {
    let place = tempfile::tempdir_in(directory).context("a place for a run")?;
    let directory = place.path().join("server");
    std::fs::create_dir(&directory)?;
    let (mut server, address) = Side::start(Side::own("samod-server", &[directory.as_os_str()])?)?;
    let before = server.usage()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let storage = TokioFilesystemStorage::new(place.path().join("client"));
        let client = Client { repo: Repo::build_tokio().with_storage(storage).load().await, address };
        let mut documents = Vec::with_capacity(cards.len());
        for card in cards {
            documents.push(client.repo.create(card.document()).await.context("the client has stopped")?);
        }
        let begun = Instant::now();
        let cold_bytes = client.sync(&documents).await?;
        let cold_s = begun.elapsed().as_secs_f64();
        let after = server.usage()?;
        let idle_bytes = client.sync(&documents).await?;
        for document in &documents[..(documents.len() / 100).max(1)] {
            change(document)?;
        }
        let one_percent_bytes = client.sync(&documents).await?;
        client.repo.stop().await;
        let spent = Usage { cpu_ms: after.cpu_ms - before.cpu_ms, ..after };
        Ok(Run { cold_s, cold_bytes, idle_bytes, one_percent_bytes, server: spent })
    })
}

/// Changes two fields.
fn change(document: &DocHandle) -> anyhow::Result<()> {
    document.with_document(|document| {
        let changed = document.transact(|transaction| {
            transaction.put(ROOT, "verified", "2026-11-26")?;
            transaction.put(ROOT, "phone", "13900000000")
        });
        changed.map(drop).map_err(|failure| anyhow::Error::new(failure.error))
    })
}

struct Client {
    repo: Repo,
    address: SocketAddr,
}

impl Client {
    /// Connects, waits until the server has everything, and ends the connection. Returns the bytes of both ways.
    async fn sync(&self, documents: &[DocHandle]) -> anyhow::Result<u64> {
        let bytes = Arc::new(AtomicU64::new(0));
        let dialer = CountingDialer { address: self.address, bytes: bytes.clone() };
        let link: DialerHandle<Infallible> = self.repo.dial(BackoffConfig::default(), Arc::new(dialer))?;
        link.established().await.map_err(|_| anyhow::anyhow!("the server does not answer"))?;
        let connection: ConnectionId = link.connection_id().context("the connection just opened")?;
        for document in documents {
            document.they_have_our_changes(connection).await;
        }
        link.close();
        let bytes = bytes.load(Ordering::Relaxed);
        ensure!(bytes > 0, "nothing was sent");
        Ok(bytes)
    }
}

struct CountingDialer {
    address: SocketAddr,
    bytes: Arc<AtomicU64>,
}

impl Dialer for CountingDialer {
    type Error = Infallible;

    fn url(&self) -> Url {
        url(self.address)
    }

    fn connect(&self) -> BoxFuture<'static, Result<Transport, DialError<Infallible>>> {
        let (address, bytes) = (self.address, self.bytes.clone());
        Box::pin(async move {
            let stream = TcpStream::connect(address).await.map_err(DialError::transient)?;
            stream.set_nodelay(true).map_err(DialError::transient)?;
            Ok(Transport::from_tokio_io(Counting { stream, bytes }))
        })
    }
}

fn url(address: SocketAddr) -> Url {
    Url::parse(&format!("tcp://{address}")).expect("an address makes a URL")
}

/// A stream whose bytes are counted.
struct Counting {
    stream: TcpStream,
    bytes: Arc<AtomicU64>,
}

impl AsyncRead for Counting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, into);
        self.bytes.fetch_add((into.filled().len() - before) as u64, Ordering::Relaxed);
        polled
    }
}

impl AsyncWrite for Counting {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(written)) = polled {
            self.bytes.fetch_add(written as u64, Ordering::Relaxed);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
