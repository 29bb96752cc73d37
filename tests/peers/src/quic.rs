//! Plain QUIC: a connection and one stream of the compressed bytes, read to its end.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use anyhow::Context as _;
use quinn::{ClientConfig, Endpoint, ServerConfig};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// Seconds from connecting until the other end has read the last byte and has said so.
pub async fn transfer_s(parts: Vec<Vec<u8>>) -> anyhow::Result<f64> {
    let (server, address, certificate) = server()?;
    let expected: usize = parts.iter().map(Vec::len).sum();
    let reading = tokio::spawn(async move {
        let incoming = server.accept().await.context("the server has ended")?;
        let connection = incoming.await?;
        let (mut answer, mut stream) = connection.accept_bi().await?;
        let mut came = 0;
        while let Some(chunk) = stream.read_chunk(usize::MAX, true).await? {
            came += chunk.bytes.len();
        }
        answer.write_all(&came.to_be_bytes()).await?;
        answer.finish()?;
        connection.closed().await;
        anyhow::Ok(())
    });
    let mut roots = RootCertStore::empty();
    roots.add(certificate)?;
    let mut endpoint = Endpoint::client((Ipv4Addr::LOCALHOST, 0).into())?;
    endpoint.set_default_client_config(ClientConfig::with_root_certificates(Arc::new(roots))?);
    let begun = Instant::now();
    let connection = endpoint.connect(address, "localhost")?.await?;
    let (mut stream, mut answer) = connection.open_bi().await?;
    for part in &parts {
        stream.write_all(part).await?;
    }
    stream.finish()?;
    let answer = answer.read_to_end(8).await?;
    let seconds = begun.elapsed().as_secs_f64();
    anyhow::ensure!(answer == expected.to_be_bytes(), "the server did not read everything");
    connection.close(0_u32.into(), b"done");
    reading.await??;
    Ok(seconds)
}

fn server() -> anyhow::Result<(Endpoint, SocketAddr, CertificateDer<'static>)> {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let certificate = signed.cert.der().clone();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der()));
    let config = ServerConfig::with_single_cert(vec![certificate.clone()], key)?;
    let endpoint = Endpoint::server(config, (Ipv4Addr::LOCALHOST, 0).into())?;
    let address = endpoint.local_addr()?;
    Ok((endpoint, address, certificate))
}
