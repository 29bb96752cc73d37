//! What a connection over TCP knows: bytes on their way out and in, room given and taken, and the end.

use std::collections::VecDeque;

use bytes::Bytes;

use super::record::{CLOSE_REASON_BYTES_MAX, RECORD_DATA_MAX, Record};
use crate::connection::{Ended, HalfError};

/// Bytes that were taken from the link and are not with the operating system yet.
const OUT_BYTES_MAX: usize = 4 * RECORD_DATA_MAX;

/// How far the end of the stream to the peer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndOut {
    Open,
    Due,
    Sent,
    Acknowledged,
    BreakDue,
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EndIn {
    Open,
    Ended,
    BrokenOff,
}

#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each stands for one record that came or is due")]
pub(super) struct State {
    /// Bytes that a side may send before it is given more room.
    window: u32,
    out: VecDeque<u8>,
    /// Bytes that the peer still has room for.
    room: u32,
    pub(super) end_out: EndOut,
    /// The peer reads no more.
    stopped: bool,
    incoming: VecDeque<Bytes>,
    /// Bytes that the peer may still send.
    allowed: u32,
    /// Bytes that were handed out since the peer was last given room.
    taken: u32,
    end_in: EndIn,
    acknowledge_end: bool,
    /// Nobody takes what comes.
    discarding: bool,
    stop_due: bool,
    close_due: Option<Record>,
    pub(super) ended: Option<Ended>,
    pub(super) bytes_sent: u64,
    pub(super) bytes_received: u64,
}

/// What the task that writes is to do.
#[derive(Debug)]
pub(super) enum Task {
    Write(Vec<u8>),
    /// Write this, and end the TCP stream.
    Close(Vec<u8>),
}

impl State {
    pub(super) fn new(window: u32) -> Self {
        Self {
            window,
            out: VecDeque::new(),
            room: window,
            end_out: EndOut::Open,
            stopped: false,
            incoming: VecDeque::new(),
            allowed: window,
            taken: 0,
            end_in: EndIn::Open,
            acknowledge_end: false,
            discarding: false,
            stop_due: false,
            close_due: None,
            ended: None,
            bytes_sent: 0,
            bytes_received: 0,
        }
    }

    /// Takes some of `bytes` to be sent, if there is room.
    pub(super) fn take_from(&mut self, bytes: &[u8]) -> Option<Result<usize, HalfError>> {
        if let Some(ended) = &self.ended {
            return Some(Err(HalfError::Ended(ended.clone())));
        }
        if self.stopped {
            return Some(Err(HalfError::Abandoned));
        }
        if self.end_out != EndOut::Open {
            return Some(Err(HalfError::Closed));
        }
        let count = bytes.len().min(self.room as usize).min(OUT_BYTES_MAX - self.out.len());
        if count == 0 {
            return None;
        }
        self.out.extend(&bytes[..count]);
        self.room -= count as u32;
        Some(Ok(count))
    }

    /// Whether the peer has all of the stream, once that is known.
    pub(super) fn delivered(&self) -> Option<Result<(), HalfError>> {
        if self.end_out == EndOut::Acknowledged {
            return Some(Ok(()));
        }
        if self.stopped {
            return Some(Err(HalfError::Abandoned));
        }
        self.ended.clone().map(|ended| Err(HalfError::Ended(ended)))
    }

    pub(super) fn break_off(&mut self) {
        if self.end_out == EndOut::Open {
            self.out.clear();
            self.end_out = EndOut::BreakDue;
        }
    }

    /// Hands out up to `max` bytes of what came, `None` at its end.
    pub(super) fn hand_out(&mut self, max: usize) -> Option<Result<Option<Bytes>, HalfError>> {
        if let Some(mut chunk) = self.incoming.pop_front() {
            let part = chunk.split_to(max.min(chunk.len()));
            if !chunk.is_empty() {
                self.incoming.push_front(chunk);
            }
            self.taken += part.len() as u32;
            return Some(Ok(Some(part)));
        }
        match self.end_in {
            EndIn::Ended => Some(Ok(None)),
            EndIn::BrokenOff => Some(Err(HalfError::Abandoned)),
            EndIn::Open => self.ended.clone().map(|ended| Err(HalfError::Ended(ended))),
        }
    }

    pub(super) fn stop_reading(&mut self) {
        self.discarding = true;
        self.discard();
        self.stop_due = self.end_in == EndIn::Open;
    }

    fn discard(&mut self) {
        self.taken += self.incoming.drain(..).map(|chunk| chunk.len() as u32).sum::<u32>();
    }

    pub(super) fn close(&mut self, code: u32, reason: &[u8]) {
        if self.ended.is_none() {
            let reason = Bytes::copy_from_slice(&reason[..reason.len().min(CLOSE_REASON_BYTES_MAX)]);
            self.close_due = Some(Record::Close { code, reason });
            self.ended = Some(Ended::Here);
        }
    }

    /// Takes a record that came.
    pub(super) fn take_record(&mut self, record: Record) -> Result<(), &'static str> {
        match record {
            Record::Alive => {}
            Record::Data(bytes) => {
                if self.end_in != EndIn::Open {
                    return Err("data after the end of the stream");
                }
                let len = bytes.len() as u32;
                self.allowed = self.allowed.checked_sub(len).ok_or("more data than there is room for")?;
                self.incoming.push_back(bytes);
                if self.discarding {
                    self.discard();
                }
            }
            Record::Room(bytes) => {
                let room = self.room.checked_add(bytes).filter(|room| *room <= self.window);
                self.room = room.ok_or("more room than was ever taken")?;
            }
            Record::End | Record::BrokenOff => {
                if self.end_in != EndIn::Open {
                    return Err("a second end of the stream");
                }
                (self.end_in, self.acknowledge_end) =
                    if record == Record::End { (EndIn::Ended, true) } else { (EndIn::BrokenOff, false) };
            }
            Record::Ended => {
                if self.end_out != EndOut::Sent {
                    return Err("an acknowledgement of an end that was not sent");
                }
                self.end_out = EndOut::Acknowledged;
            }
            Record::Stop => {
                self.stopped = true;
                self.out.clear();
            }
            Record::Close { code, reason } => {
                self.ended.get_or_insert(Ended::ByPeer { code, reason: reason.to_vec() });
            }
        }
        Ok(())
    }

    /// What is to be written next, if anything: records about the connection first.
    pub(super) fn next_task(&mut self) -> Option<Task> {
        let mut bytes = Vec::new();
        if self.ended.is_some() {
            if let Some(close) = self.close_due.take() {
                close.encode(&mut bytes);
            }
            return Some(Task::Close(bytes));
        }
        // A window of which a quarter is free again is worth a record.
        if self.taken >= self.window / 4 {
            Record::Room(self.taken).encode(&mut bytes);
            self.allowed += std::mem::take(&mut self.taken);
        }
        if std::mem::take(&mut self.stop_due) {
            Record::Stop.encode(&mut bytes);
        }
        if std::mem::take(&mut self.acknowledge_end) {
            Record::Ended.encode(&mut bytes);
        }
        if !self.out.is_empty() {
            let count = self.out.len().min(RECORD_DATA_MAX);
            let data: Vec<u8> = self.out.drain(..count).collect();
            Record::Data(data.into()).encode(&mut bytes);
        }
        if self.out.is_empty() {
            match self.end_out {
                EndOut::Due => {
                    Record::End.encode(&mut bytes);
                    self.end_out = EndOut::Sent;
                }
                EndOut::BreakDue => {
                    Record::BrokenOff.encode(&mut bytes);
                    self.end_out = EndOut::Broken;
                }
                _ => {}
            }
        }
        (!bytes.is_empty()).then_some(Task::Write(bytes))
    }
}
