use std::net::Ipv4Addr;

use tokio::net::TcpListener;

use super::*;
use crate::fixture::within;

#[test]
fn a_proxy_is_a_host_and_a_port() {
    for (text, shown) in [
        ("proxy.office:3128", "proxy.office:3128"),
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("[::1]:8080", "[::1]:8080"),
        ("http://proxy.office:3128", "proxy.office:3128"),
        ("http://proxy.office:3128/", "proxy.office:3128"),
    ] {
        assert_eq!(text.parse::<Proxy>().map(|proxy| proxy.to_string()), Ok(shown.to_owned()), "{text}");
    }
    for (text, why) in [
        ("proxy.office", ProxyError::NotHostPort),
        (":3128", ProxyError::NotHostPort),
        ("proxy.office:0", ProxyError::NotHostPort),
        ("proxy.office:65536", ProxyError::NotHostPort),
        ("::1:80", ProxyError::NotHostPort),
        ("[::1:80", ProxyError::NotHostPort),
        ("a b:80", ProxyError::NotHostPort),
        ("a\r\nb:80", ProxyError::NotHostPort),
        ("name:secret@proxy.office:3128", ProxyError::Credentials),
        ("https://proxy.office:3128", ProxyError::Scheme),
        ("socks5://proxy.office:3128", ProxyError::Scheme),
    ] {
        assert_eq!(text.parse::<Proxy>(), Err(why), "{text}");
    }
}

/// A proxy that gives one answer, and what it was asked.
async fn answering(answer: Vec<u8>) -> (Result<TcpStream, NetError>, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
    let proxy: Proxy = listener.local_addr().expect("bound").to_string().parse().expect("host and port");
    let serving = async {
        let (mut stream, _) = listener.accept().await.expect("somebody comes");
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(stream.read_u8().await.expect("a request"));
        }
        // The other side may have left before it has all of a bad answer.
        let _ = stream.write_all(&answer).await;
        String::from_utf8(asked).expect("a request is text")
    };
    within(async { tokio::join!(proxy.connect(([192, 0, 2, 1], 7211).into()), serving) }).await
}

#[tokio::test]
async fn a_tunnel_begins_right_behind_the_answer() {
    let answer = b"HTTP/1.1 200 Connection established\r\nVia: office\r\n\r\nhello".to_vec();
    let (stream, asked) = answering(answer).await;
    let mut stream = stream.expect("the proxy agrees");
    assert_eq!(asked, "CONNECT 192.0.2.1:7211 HTTP/1.1\r\nHost: 192.0.2.1:7211\r\n\r\n");
    let mut rest = String::new();
    within(stream.read_to_string(&mut rest)).await.expect("the rest");
    assert_eq!(rest, "hello");
}

#[tokio::test]
async fn a_proxy_that_refuses_or_talks_without_end_is_named_with_what_it_said() {
    for (answer, said) in [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n".to_vec(), "403 Forbidden"),
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n".to_vec(), "407"),
        (b"SSH-2.0-OpenSSH\r\n\r\n".to_vec(), "does not speak HTTP"),
        (vec![b'x'; PROXY_ANSWER_BYTES_MAX + 1], "no end"),
        (b"HTTP/1.1 200".to_vec(), "unexpected end of file"),
    ] {
        let (stream, _) = answering(answer).await;
        let error = stream.expect_err("no tunnel").to_string();
        assert!(error.contains(said) && error.contains("127.0.0.1"), "{error}");
    }
}
