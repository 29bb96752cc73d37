//! Reaching a peer through an HTTP proxy, by CONNECT (RFC 9110 §9.3.6).

use std::{fmt, net::SocketAddr, str::FromStr};

use thiserror::Error;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{error::NetError, limits::PROXY_ANSWER_BYTES_MAX};

/// Where a proxy listens: a name or an address, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    host: String,
    port: u16,
}

/// Why a text names no proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProxyError {
    #[error("a proxy is given as host:port, such as proxy.example:3128")]
    NotHostPort,
    #[error(
        "proxies that ask for a name and password are not supported; ask who runs it for one that does not"
    )]
    Credentials,
    #[error("only HTTP proxies are supported; give it as host:port or http://host:port")]
    Scheme,
}

impl FromStr for Proxy {
    type Err = ProxyError;

    /// Reads `host:port` or `http://host:port/`, as it stands in the environment.
    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let text = match text.split_once("://") {
            Some(("http", rest)) => rest.strip_suffix('/').unwrap_or(rest),
            Some(_) => return Err(ProxyError::Scheme),
            None => text,
        };
        if text.contains('@') {
            return Err(ProxyError::Credentials);
        }
        let (host, port) = text.rsplit_once(':').ok_or(ProxyError::NotHostPort)?;
        let bare = match host.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']').ok_or(ProxyError::NotHostPort)?,
            None if host.contains(':') => return Err(ProxyError::NotHostPort),
            None => host,
        };
        let named = |c: char| c.is_ascii_alphanumeric() || ".-_:".contains(c);
        let port = port.parse().ok().filter(|port| *port != 0);
        match port {
            Some(port) if !bare.is_empty() && bare.chars().all(named) => {
                Ok(Self { host: bare.to_owned(), port })
            }
            _ => Err(ProxyError::NotHostPort),
        }
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Proxy {
    /// A stream to `address`, on which nothing was said yet.
    pub(crate) async fn connect(&self, address: SocketAddr) -> Result<TcpStream, NetError> {
        let refused = |reason: String| NetError::Proxy { proxy: self.to_string(), address, reason };
        let tunnel = async {
            let mut stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
            let request = format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n\r\n");
            stream.write_all(request.as_bytes()).await?;
            let mut head = Vec::new();
            // Byte by byte, so that nothing of what follows the answer is taken.
            while !head.ends_with(b"\r\n\r\n") {
                if head.len() == PROXY_ANSWER_BYTES_MAX {
                    return Ok(Err("its answer has no end".to_owned()));
                }
                head.push(stream.read_u8().await?);
            }
            Ok::<_, std::io::Error>(accepted(&head).map(|()| stream))
        };
        tunnel.await.map_err(|error| refused(error.to_string()))?.map_err(refused)
    }
}

/// Whether the proxy's answer says that the tunnel stands; what it says instead if not.
fn accepted(head: &[u8]) -> Result<(), String> {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = crate::error::printable(line);
    let mut words = line.splitn(2, ' ');
    let version = words.next().unwrap_or_default();
    let status = words.next().unwrap_or_default();
    if !version.starts_with("HTTP/1.") {
        return Err("it does not speak HTTP".to_owned());
    }
    if status.starts_with('2') { Ok(()) } else { Err(format!("it answered {status}")) }
}

#[cfg(test)]
mod tests;
