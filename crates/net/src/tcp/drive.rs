//! The two tasks of a connection over TCP.

use std::{io, sync::Arc};

use bytes::BytesMut;
use rustls::AlertDescription;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, sleep_until, timeout},
};

use super::{Inner, record::Record, state::Task};
use crate::{
    connection::Ended,
    error::{TransportError, is_key_alert},
    limits::CLOSE_TIMEOUT,
};

/// Bytes that are read at a time.
const READ_BYTES: usize = 32 << 10;

/// Reads until the connection has ended, then a moment longer: what a peer still sends would otherwise
/// make the operating system drop what was sent to it last.
pub(super) async fn read_all<R: AsyncRead + Unpin>(inner: &Inner, mut stream: R) {
    let mut bytes = BytesMut::new();
    loop {
        bytes.reserve(READ_BYTES);
        let read = tokio::select! {
            biased;
            _ = inner.when(|state| state.ended.clone()) => break,
            read = timeout(inner.idle_timeout, stream.read_buf(&mut bytes)) => read,
        };
        let count = match read {
            Err(_) => return inner.lose(TransportError::Silent(inner.idle_timeout)),
            Ok(Err(error)) => return inner.end(failed(error)),
            Ok(Ok(0)) => {
                return inner.lose(TransportError::from(io::Error::from(io::ErrorKind::UnexpectedEof)));
            }
            Ok(Ok(count)) => count,
        };
        inner.lock().bytes_received += count as u64;
        loop {
            let record = match Record::take(&mut bytes) {
                Ok(Some(record)) => record,
                Ok(None) => break,
                Err(reason) => return inner.lose(TransportError::Record(reason)),
            };
            let taken = inner.lock().take_record(record);
            if let Err(reason) = taken {
                return inner.lose(TransportError::Record(reason));
            }
        }
        inner.wake();
    }
    let mut rest = vec![0; READ_BYTES];
    let drained = async { while matches!(stream.read(&mut rest).await, Ok(1..)) {} };
    let _ = timeout(CLOSE_TIMEOUT, drained).await;
}

/// Writes until the connection has ended.
pub(super) async fn write_all<W: AsyncWrite + Unpin>(inner: &Arc<Inner>, mut stream: W) {
    let mut alive_at = Instant::now() + inner.keep_alive_interval;
    loop {
        let task = inner.lock().next_task();
        let (bytes, last) = match task {
            Some(Task::Write(bytes)) => (bytes, false),
            Some(Task::Close(bytes)) => (bytes, true),
            None => tokio::select! {
                () = inner.work.notified() => continue,
                () = sleep_until(alive_at) => {
                    let mut bytes = Vec::new();
                    Record::Alive.encode(&mut bytes);
                    (bytes, false)
                }
            },
        };
        // The room that the link's halves wait for may have come with what was taken from them.
        inner.change.notify_waiters();
        let writing = async {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            if last { stream.shutdown().await } else { Ok(()) }
        };
        tokio::pin!(writing);
        let closing = inner.when(|state| state.ended.clone());
        let written = tokio::select! {
            biased;
            written = &mut writing => written,
            _ = closing => match timeout(CLOSE_TIMEOUT, &mut writing).await {
                Ok(written) => written,
                Err(_) => return,
            },
        };
        if let Err(error) = written {
            // Whatever the peer said before it left explains more than that it left; reading finds it.
            let _ = timeout(CLOSE_TIMEOUT, inner.when(|state| state.ended.clone())).await;
            return inner.end(failed(error));
        }
        if last {
            return;
        }
        inner.lock().bytes_sent += bytes.len() as u64;
        alive_at = Instant::now() + inner.keep_alive_interval;
    }
}

/// What an error of the TLS stream means.
pub(crate) fn failed(error: io::Error) -> Ended {
    match alert(&error) {
        Some(alert) if is_key_alert(0x0100 + u64::from(u8::from(alert))) => Ended::KeyRefused(error.into()),
        _ => Ended::Lost(error.into()),
    }
}

/// The alert with which the peer ended TLS, if it did.
pub(crate) fn alert(error: &io::Error) -> Option<AlertDescription> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::AlertReceived(alert) => Some(*alert),
        _ => None,
    }
}
