//! A connection over TCP, within TLS: what QUIC gives a link, made from one stream of bytes.
//!
//! The peer may send only as much as it was given room for, and reading never waits for whoever takes
//! what came. So records about the connection itself are always seen at once, however much is under way,
//! and memory stays within [`RECEIVE_WINDOW_BYTES`].
//!
//! Two tasks drive it, one that reads and one that writes, around a [`State`] that both share with the
//! link's halves.

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, Weak},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Notify,
};

use crate::{
    connection::{Ended, HalfError},
    error::TransportError,
    limits::{Options, RECEIVE_WINDOW_BYTES},
};

mod drive;
mod record;
mod state;

pub(crate) use drive::alert;
use state::{EndOut, State};

/// The handle of a connection.
#[derive(Clone)]
pub(crate) struct TcpConnection {
    inner: Arc<Inner>,
}

/// A handle that keeps nothing alive.
pub(crate) struct WeakTcpConnection {
    inner: Weak<Inner>,
}

impl WeakTcpConnection {
    pub(crate) fn is_open(&self) -> bool {
        self.inner.upgrade().is_some_and(|inner| inner.lock().ended.is_none())
    }

    pub(crate) fn close(&self, code: u32, reason: &[u8]) {
        if let Some(inner) = self.inner.upgrade() {
            TcpConnection { inner }.close(code, reason);
        }
    }
}

/// What the tasks and the handles have in common.
struct Inner {
    address: SocketAddr,
    idle_timeout: Duration,
    keep_alive_interval: Duration,
    state: Mutex<State>,
    /// Wakes the task that writes.
    work: Notify,
    /// Wakes everyone else who waits for something.
    change: Notify,
}

impl TcpConnection {
    /// Takes over a stream that is through with its handshake. `keep` is held until both tasks have
    /// ended. Must be called within a tokio runtime.
    pub(crate) fn start<S>(
        stream: S,
        address: SocketAddr,
        options: &Options,
        keep: impl Send + Sync + 'static,
    ) -> (Self, TcpSend, TcpReceive)
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let inner = Arc::new(Inner {
            address,
            idle_timeout: options.idle_timeout,
            keep_alive_interval: options.keep_alive_interval,
            state: Mutex::new(State::new(RECEIVE_WINDOW_BYTES)),
            work: Notify::new(),
            change: Notify::new(),
        });
        let (read, write) = tokio::io::split(stream);
        let keep = Arc::new(keep);
        let (reader, writer, kept) = (inner.clone(), inner.clone(), keep.clone());
        tokio::spawn(async move {
            drive::read_all(&reader, read).await;
            drop(kept);
        });
        tokio::spawn(async move {
            drive::write_all(&writer, write).await;
            drop(keep);
        });
        let connection = Self { inner: inner.clone() };
        (connection, TcpSend { inner: inner.clone() }, TcpReceive { inner })
    }

    pub(crate) fn downgrade(&self) -> WeakTcpConnection {
        WeakTcpConnection { inner: Arc::downgrade(&self.inner) }
    }

    pub(crate) fn remote_address(&self) -> SocketAddr {
        self.inner.address
    }

    pub(crate) fn close(&self, code: u32, reason: &[u8]) {
        self.inner.lock().close(code, reason);
        self.inner.wake();
    }

    pub(crate) fn ended(&self) -> Option<Ended> {
        self.inner.lock().ended.clone()
    }

    pub(crate) async fn closed(&self) -> Ended {
        self.inner.when(|state| state.ended.clone()).await
    }

    pub(crate) fn bytes_sent(&self) -> u64 {
        self.inner.lock().bytes_sent
    }

    pub(crate) fn bytes_received(&self) -> u64 {
        self.inner.lock().bytes_received
    }
}

impl fmt::Debug for TcpConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpConnection").field("address", &self.inner.address).finish_non_exhaustive()
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the state")
    }

    fn wake(&self) {
        self.work.notify_one();
        self.change.notify_waiters();
    }

    fn end(&self, ended: Ended) {
        self.lock().ended.get_or_insert(ended);
        self.wake();
    }

    fn lose(&self, error: TransportError) {
        self.end(Ended::Lost(error));
    }

    /// Waits until `ready` gives something. It is asked again after every change.
    async fn when<T>(&self, mut ready: impl FnMut(&mut State) -> Option<T>) -> T {
        loop {
            let change = self.change.notified();
            tokio::pin!(change);
            change.as_mut().enable();
            if let Some(found) = ready(&mut self.lock()) {
                return found;
            }
            change.await;
        }
    }
}

/// The stream to the peer. Dropping it without an end breaks it off.
pub(crate) struct TcpSend {
    inner: Arc<Inner>,
}

impl TcpSend {
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<usize, HalfError> {
        let written = self.inner.when(|state| state.take_from(bytes)).await?;
        self.inner.work.notify_one();
        Ok(written)
    }

    pub(crate) fn finish(&mut self) -> Result<(), HalfError> {
        let mut state = self.inner.lock();
        if state.end_out != EndOut::Open {
            return Err(HalfError::Closed);
        }
        state.end_out = EndOut::Due;
        drop(state);
        self.inner.work.notify_one();
        Ok(())
    }

    pub(crate) async fn delivered(&mut self) -> Result<(), HalfError> {
        self.inner.when(|state| state.delivered()).await
    }

    pub(crate) fn abandon(&mut self) {
        self.inner.lock().break_off();
        self.inner.work.notify_one();
    }
}

impl Drop for TcpSend {
    fn drop(&mut self) {
        self.abandon();
    }
}

impl fmt::Debug for TcpSend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpSend").finish_non_exhaustive()
    }
}

/// The stream from the peer. Dropping it before its end tells the peer that nothing more is read.
pub(crate) struct TcpReceive {
    inner: Arc<Inner>,
}

impl TcpReceive {
    pub(crate) async fn read(&mut self, max: usize) -> Result<Option<Bytes>, HalfError> {
        let read = self.inner.when(|state| state.hand_out(max)).await;
        self.inner.work.notify_one();
        read
    }
}

impl Drop for TcpReceive {
    fn drop(&mut self) {
        self.inner.lock().stop_reading();
        self.inner.work.notify_one();
    }
}

impl fmt::Debug for TcpReceive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpReceive").finish_non_exhaustive()
    }
}

/// The bytes of the stream as one record, for a test that speaks without a connection.
#[cfg(test)]
pub(crate) fn encode_data(bytes: &'static [u8], out: &mut Vec<u8>) {
    record::Record::Data(Bytes::from_static(bytes)).encode(out);
}

#[cfg(test)]
mod tests;
