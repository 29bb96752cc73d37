//! Requests over a link of their own: one frame asks, frames answer.
//!
//! ```text
//! request = CBOR [1, invitation bytes, [device, recipient, label]]      join
//!         | CBOR [2, unit, [as-of, start / null, close / null]]           pull a snapshot
//!         | CBOR [3, [* [log, seq, hash]], [device, recipient, label]]    replace the key that asks by another
//! answer  = first frame CBOR [0, reason]                                refused
//!         | [1, length], then the grant bundle in frames of CHUNK_BYTES granted
//!         | [2, length], then the file in frames of CHUNK_BYTES         file
//! ```

use std::time::Duration;

use linli_log::Head;
use linli_net::{Link, LinkReceiver};
use linli_wire::{
    DecodeError, DeviceKey, EntryHash, Frame, Lane, LogId, Reader, UnitPath, Writer,
    limits::{FIELD_BYTES_MAX, FRAME_BYTES_MAX},
};

use crate::{
    enrol::{GrantBundle, JoinRequest},
    error::NodeError,
    evaluation::Period,
};

/// Bytes of a file or bundle in one frame.
const CHUNK_BYTES: usize = 1 << 20;
/// Bytes of a grant bundle or snapshot that a device takes from its hub.
const ANSWER_BYTES_MAX: u64 = 8 << 30;
/// Logs that a device may have written by the time that it replaces its key.
pub(crate) const RENEW_LOGS_MAX: usize = 4_096;
/// Time that a hub may take to make a snapshot and to send it.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(30);
/// Time that whoever dials may take to ask, and to read an answer to its end: strangers may dial too,
/// and each link takes a place.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    Join {
        invitation: Vec<u8>,
        who: JoinRequest,
    },
    Snapshot {
        unit: UnitPath,
        period: Period,
    },
    /// `heads`: where the logs end that the asking key has written, all of which the hub has to hold.
    Renew {
        heads: Vec<(LogId, Head)>,
        who: JoinRequest,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Refused(String),
    Granted(GrantBundle),
    File(Vec<u8>),
}

impl Request {
    fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        match self {
            Self::Join { invitation, who } => {
                w.array(3).uint(1).bytes(invitation);
                write_who(&mut w, who);
            }
            Self::Renew { heads, who } => {
                w.array(3).uint(3).array(heads.len());
                for (log, head) in heads {
                    w.array(3).bytes(&log.0).uint(head.seq).bytes(&head.hash.0);
                }
                write_who(&mut w, who);
            }
            Self::Snapshot { unit, period } => {
                w.array(3).uint(2).text(unit.as_str()).array(3).text(&period.as_of);
                for date in [&period.start, &period.close] {
                    match date {
                        Some(date) => w.text(date),
                        None => w.null(),
                    };
                }
            }
        }
        w.finish()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Reader::whole(bytes, |r| {
            r.array_of(3)?;
            match r.uint()? {
                1 => {
                    let invitation = r.bytes("an invitation", FIELD_BYTES_MAX)?.to_vec();
                    Ok(Self::Join { invitation, who: read_who(r)? })
                }
                2 => {
                    let unit = r.text("a unit", 32)?.parse();
                    let unit = unit.map_err(|e| DecodeError::Invalid(format!("{e}")))?;
                    r.array_of(3)?;
                    let as_of = r.text("a date", 10)?.to_owned();
                    let period = Period { as_of, start: read_date(r)?, close: read_date(r)? };
                    Ok(Self::Snapshot { unit, period })
                }
                3 => {
                    let count = r.array("logs of a device", RENEW_LOGS_MAX)?;
                    let mut heads = Vec::new();
                    for _ in 0..count {
                        r.array_of(3)?;
                        let (log, seq) = (LogId(r.bytes_of()?), r.uint()?);
                        heads.push((log, Head { seq, hash: EntryHash(r.bytes_of()?) }));
                    }
                    Ok(Self::Renew { heads, who: read_who(r)? })
                }
                value => Err(DecodeError::Unknown { what: "a request", value }),
            }
        })
    }
}

fn write_who(w: &mut Writer, who: &JoinRequest) {
    w.array(3).bytes(who.device.as_bytes()).bytes(&who.recipient).text(&who.label);
}

fn read_who(r: &mut Reader<'_>) -> Result<JoinRequest, DecodeError> {
    r.array_of(3)?;
    let (device, recipient) = (DeviceKey(r.bytes_of()?), r.bytes_of()?);
    Ok(JoinRequest { device, recipient, label: r.text("a label", FIELD_BYTES_MAX)?.to_owned() })
}

fn read_date(r: &mut Reader<'_>) -> Result<Option<String>, DecodeError> {
    if r.null()? { Ok(None) } else { Ok(Some(r.text("a date", 10)?.to_owned())) }
}

/// Asks and takes the whole answer.
pub(crate) async fn ask(link: Link, request: &Request) -> Result<Answer, NodeError> {
    let (sender, mut receiver) = link.split();
    sender.send(Frame { lane: Lane::Control, body: request.encode() }).await?;
    let answer = tokio::time::timeout(ANSWER_TIMEOUT, take_answer(&mut receiver)).await;
    let answer = answer.map_err(|_| NodeError::BadAnswer("it did not come in time".to_owned()))??;
    // The answer is whole; how the link ends changes nothing about it.
    let _ = sender.finish().await;
    Ok(answer)
}

async fn take_answer(receiver: &mut LinkReceiver) -> Result<Answer, NodeError> {
    let bad = |why: &str| NodeError::BadAnswer(why.to_owned());
    let first = receiver.recv().await?.ok_or_else(|| bad("there is none"))?;
    let mut r = Reader::new(&first.body);
    let read = |e: DecodeError| NodeError::BadAnswer(e.to_string());
    let items = r.array("items of an answer", 2).map_err(read)?;
    match (r.uint().map_err(read)?, items) {
        (0, 2) => Ok(Answer::Refused(r.text("a reason", FIELD_BYTES_MAX).map_err(read)?.to_owned())),
        (kind @ (1 | 2), 2) => {
            let len = r.uint().map_err(read)?;
            let bytes = take_bytes(receiver, len).await?;
            match kind {
                1 => GrantBundle::decode(&bytes).map(Answer::Granted).map_err(read),
                _ => Ok(Answer::File(bytes)),
            }
        }
        _ => Err(bad("it is of an unknown kind")),
    }
}

async fn take_bytes(receiver: &mut LinkReceiver, len: u64) -> Result<Vec<u8>, NodeError> {
    if len > ANSWER_BYTES_MAX {
        return Err(NodeError::BadAnswer(format!("it has {len} bytes, more than {ANSWER_BYTES_MAX}")));
    }
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < len {
        let frame = receiver.recv().await?;
        let frame = frame.ok_or_else(|| NodeError::BadAnswer("it ends too early".to_owned()))?;
        bytes.extend_from_slice(&frame.body);
    }
    if bytes.len() as u64 > len {
        return Err(NodeError::BadAnswer("it is longer than it says".to_owned()));
    }
    Ok(bytes)
}

/// Takes one request, answers it with what `serve` makes of it, and ends the link.
pub(crate) async fn answer<F>(
    link: Link,
    serve: impl FnOnce(DeviceKey, Request) -> F,
) -> Result<(), NodeError>
where
    F: Future<Output = Result<Answer, NodeError>>,
{
    let peer = link.peer();
    let (sender, mut receiver) = link.split();
    let asked = tokio::time::timeout(REQUEST_TIMEOUT, receiver.recv()).await;
    let Some(frame) = asked.map_err(|_| NodeError::BadAnswer("nothing was asked".to_owned()))?? else {
        return Ok(());
    };
    let answer = match Request::decode(&frame.body) {
        Ok(request) => serve(peer, request).await,
        Err(error) => Err(NodeError::BadAnswer(error.to_string())),
    };
    let answer = answer.unwrap_or_else(|error| {
        // The asking side says itself that the hub refuses.
        Answer::Refused(match error {
            NodeError::RefusedByHub(reason) => reason,
            other => crate::error::chain(&other),
        })
    });
    let mut w = Writer::new();
    let bytes = match answer {
        Answer::Refused(reason) => {
            let reason: String = reason.chars().take(FIELD_BYTES_MAX / 4).collect();
            w.array(2).uint(0).text(&reason);
            Vec::new()
        }
        Answer::Granted(bundle) => {
            let bytes = bundle.encode();
            w.array(2).uint(1).uint(bytes.len() as u64);
            bytes
        }
        Answer::File(bytes) => {
            w.array(2).uint(2).uint(bytes.len() as u64);
            bytes
        }
    };
    sender.send(Frame { lane: Lane::Control, body: w.finish() }).await?;
    const { assert!(CHUNK_BYTES <= FRAME_BYTES_MAX) };
    for chunk in bytes.chunks(CHUNK_BYTES) {
        sender.send(Frame { lane: Lane::Bulk, body: chunk.to_vec() }).await?;
    }
    sender.finish().await?;
    // All of the answer is with the peer; a peer that does not end the link is not waited for.
    let ended = async {
        while receiver.recv().await?.is_some() {}
        Ok(())
    };
    tokio::time::timeout(REQUEST_TIMEOUT, ended).await.unwrap_or(Ok(()))
}
