//! The messages of a session, each in one frame; the crate's documentation has their table.

use linli_log::SpaceFrontier;
use linli_wire::{
    Channel, DecodeError, Digest, Frame, Lane, LogId, Reader, RealmId, Space, UnitPath, Writer,
    limits::{COMPACT_BYTES_MAX, MESSAGE_LOGS_MAX, MESSAGE_SPACES_MAX, PIECE_BYTES_MAX},
};

use crate::{
    error::{Incompatible, Misbehaved, PeerFault},
    limits::{
        CONTROL_BYTES_MAX, PROGRAM_BYTES_MAX, PROTOCOL_VERSION, REASON_BYTES_MAX, UNIT_BYTES_MAX, UNITS_MAX,
    },
};

/// One message. [`Message::decode`] accepts exactly what [`Message::encode`] makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    Hello(Hello),
    /// A page of the sender's spaces that hold anything, in order.
    Digests {
        spaces: Vec<(Space, Digest)>,
        more: bool,
    },
    /// A page of the sender's frontiers of spaces that differ. A space may go on in the next page.
    Frontiers {
        spaces: Vec<(Space, SpaceFrontier)>,
        more: bool,
    },
    /// A compact segment. The lane is the sender's choice of the three below control.
    Segment {
        lane: Lane,
        bytes: Vec<u8>,
    },
    /// The sender has pushed all that it has to push in this round: so many segments.
    Pushed {
        segments: u64,
    },
    /// The sender does not store a segment that came.
    Declined {
        log: Option<LogId>,
        seq: u64,
        /// Whether it would be the same at another time: both sides then remember it.
        lasting: bool,
        reason: String,
    },
    /// The sender has stored all of this round and answered it; `more` asks for another round.
    Settled {
        digest: Digest,
        more: bool,
    },
    Goodbye {
        code: GoodbyeCode,
        text: String,
    },
    /// The sender will ask for attachments, and say when it has done.
    Wants,
    /// Asks for a piece of an attachment.
    Want {
        file: Digest,
        from: u64,
        bytes_max: u64,
    },
    /// A piece of an attachment that was asked for.
    Piece {
        file: Digest,
        from: u64,
        bytes: Vec<u8>,
    },
    /// The sender does not have the attachment, or not for the receiver.
    Lacks {
        file: Digest,
    },
    /// The sender asks for no more attachments.
    Fetched,
}

/// What each side says first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    pub realm: RealmId,
    /// The units that the sender stands for, in order.
    pub mine: Vec<UnitPath>,
    /// The units for which the sender takes the receiver to stand, likewise.
    pub theirs: Vec<UnitPath>,
    /// One digest over the digests of all spaces that the sender takes to be shared and holds.
    pub digest: Digest,
    /// The same over those that also a [`Carry::Trust`] link carries.
    pub trust_digest: Digest,
    /// What the sender wants the link to carry. The narrower of both sides' wishes counts.
    pub carry: Carry,
    /// The sender's program and its version: what it declined under another may be tried again.
    pub program: String,
}

impl Hello {
    /// The hello of one that compares nothing: its digests are of nothing.
    pub fn bare(realm: RealmId, mine: Vec<UnitPath>, theirs: Vec<UnitPath>, program: &str) -> Self {
        let (digest, carry, program) = (Digest([0; 32]), Carry::All, program.to_owned());
        Self { realm, mine, theirs, digest, trust_digest: digest, carry, program }
    }
}

/// What a link carries; the narrowest comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Carry {
    #[default]
    All,
    /// Records of which the other side lacks much wait for another link: the hours for bulk are others.
    NoBulk,
    /// Notices and oversight alone: trust, findings and receipts. Every byte is paid for.
    Trust,
}

impl Carry {
    const ALL: [Self; 3] = [Self::All, Self::NoBulk, Self::Trust];

    /// Whether such a link carries anything of spaces of this channel.
    pub const fn allows(self, channel: Channel) -> bool {
        !matches!((self, channel), (Self::Trust, Channel::Records))
    }
}

/// Why a side leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GoodbyeCode {
    /// Nothing is left to do.
    Done,
    OtherRealm,
    OtherVersion,
    /// The receiver of the goodbye broke the protocol.
    Misbehaved,
    /// The receiver of the goodbye sent what cannot be read.
    Malformed,
    /// The sender of the goodbye failed.
    Failed,
    Unknown(u64),
}

impl GoodbyeCode {
    const KNOWN: [Self; 6] =
        [Self::Done, Self::OtherRealm, Self::OtherVersion, Self::Misbehaved, Self::Malformed, Self::Failed];

    pub fn code(self) -> u64 {
        match self {
            Self::Unknown(code) => code,
            known => Self::KNOWN.iter().position(|k| *k == known).expect("every other code is listed") as u64,
        }
    }

    pub fn from_code(code: u64) -> Self {
        usize::try_from(code).ok().and_then(|at| Self::KNOWN.get(at).copied()).unwrap_or(Self::Unknown(code))
    }
}

impl Message {
    /// The message's name, for errors.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Digests { .. } => "digests",
            Self::Frontiers { .. } => "frontiers",
            Self::Segment { .. } => "segment",
            Self::Pushed { .. } => "pushed",
            Self::Declined { .. } => "declined",
            Self::Settled { .. } => "settled",
            Self::Goodbye { .. } => "goodbye",
            Self::Wants => "wants",
            Self::Want { .. } => "want",
            Self::Piece { .. } => "piece",
            Self::Lacks { .. } => "lacks",
            Self::Fetched => "fetched",
        }
    }

    /// The lane that the message goes in.
    ///
    /// A transport may let an urgent lane overtake another. `pushed` goes in the last lane, so that
    /// all segments before it are out when it is.
    pub const fn lane(&self) -> Lane {
        match self {
            Self::Segment { lane, .. } => *lane,
            Self::Pushed { .. } => Lane::Bulk,
            Self::Piece { .. } => Lane::Attachments,
            _ => Lane::Control,
        }
    }

    pub fn encode(&self) -> Frame {
        let mut w = Writer::new();
        match self {
            Self::Hello(hello) => {
                w.array(9).uint(0).uint(PROTOCOL_VERSION).bytes(hello.realm.as_bytes());
                write_units(&mut w, &hello.mine);
                write_units(&mut w, &hello.theirs);
                w.bytes(hello.digest.as_bytes()).bytes(hello.trust_digest.as_bytes());
                w.uint(hello.carry as u64).text(clipped(&hello.program, PROGRAM_BYTES_MAX));
            }
            Self::Digests { spaces, more } => {
                w.array(3).uint(1).array(spaces.len());
                for (space, digest) in spaces {
                    w.array(3);
                    write_space(&mut w, space);
                    w.bytes(digest.as_bytes());
                }
                w.bool(*more);
            }
            Self::Frontiers { spaces, more } => {
                w.array(3).uint(2).array(spaces.len());
                for (space, frontier) in spaces {
                    w.array(3);
                    write_space(&mut w, space);
                    frontier.write(&mut w);
                }
                w.bool(*more);
            }
            Self::Segment { bytes, .. } => {
                w.array(2).uint(3).bytes(bytes);
            }
            Self::Pushed { segments } => {
                w.array(2).uint(4).uint(*segments);
            }
            Self::Declined { log, seq, lasting, reason } => {
                w.array(5).uint(5);
                match log {
                    Some(log) => w.bytes(log.as_bytes()),
                    None => w.null(),
                };
                w.uint(*seq).bool(*lasting).text(clipped(reason, REASON_BYTES_MAX));
            }
            Self::Settled { digest, more } => {
                w.array(3).uint(6).bytes(digest.as_bytes()).bool(*more);
            }
            Self::Goodbye { code, text } => {
                w.array(3).uint(7).uint(code.code()).text(clipped(text, REASON_BYTES_MAX));
            }
            Self::Wants => {
                w.array(1).uint(8);
            }
            Self::Want { file, from, bytes_max } => {
                w.array(4).uint(9).bytes(file.as_bytes()).uint(*from).uint(*bytes_max);
            }
            Self::Piece { file, from, bytes } => {
                w.array(4).uint(10).bytes(file.as_bytes()).uint(*from).bytes(bytes);
            }
            Self::Lacks { file } => {
                w.array(2).uint(11).bytes(file.as_bytes());
            }
            Self::Fetched => {
                w.array(1).uint(12);
            }
        }
        Frame { lane: self.lane(), body: w.finish() }
    }

    pub fn decode(frame: &Frame) -> Result<Self, PeerFault> {
        let mut peek = Reader::new(&frame.body);
        let len = peek.array("fields of a message", MESSAGE_FIELDS_MAX)?;
        let tag = peek.uint()?;
        if tag != TAG_SEGMENT && frame.body.len() > CONTROL_BYTES_MAX {
            let found = frame.body.len() as u64;
            return Err(DecodeError::TooLarge {
                what: "the size of a message",
                found,
                limit: CONTROL_BYTES_MAX as u64,
            }
            .into());
        }
        if tag == TAG_HELLO && len > 1 {
            // What follows the version is for that version to say.
            let version = peek.uint()?;
            if version != PROTOCOL_VERSION {
                return Err(Incompatible::Version(version).into());
            }
        }
        let message = Reader::whole(&frame.body, |r| read(r, tag, frame.lane))?;
        let lane_fits = match &message {
            Self::Segment { lane, .. } => !matches!(lane, Lane::Control | Lane::Attachments),
            other => other.lane() == frame.lane,
        };
        if !lane_fits {
            return Err(Misbehaved::WrongLane { message: message.name(), lane: frame.lane }.into());
        }
        Ok(message)
    }
}

/// Fields that a message of any version may have.
const MESSAGE_FIELDS_MAX: usize = 64;
const TAG_HELLO: u64 = 0;
const TAG_SEGMENT: u64 = 3;

fn read(r: &mut Reader<'_>, tag: u64, lane: Lane) -> Result<Message, DecodeError> {
    let len = match tag {
        0 => 9,
        1 | 2 | 6 | 7 => 3,
        3 | 4 | 11 => 2,
        8 | 12 => 1,
        9 | 10 => 4,
        5 => 5,
        other => return Err(DecodeError::Unknown { what: "the tag of a message", value: other }),
    };
    r.array_of(len)?;
    r.uint()?;
    Ok(match tag {
        0 => {
            r.uint()?;
            Message::Hello(Hello {
                realm: RealmId(r.bytes_of()?),
                mine: read_units(r)?,
                theirs: read_units(r)?,
                digest: Digest(r.bytes_of()?),
                trust_digest: Digest(r.bytes_of()?),
                carry: read_carry(r)?,
                program: r.text("a program", PROGRAM_BYTES_MAX)?.to_owned(),
            })
        }
        1 => {
            let count = r.array("spaces in a message", MESSAGE_SPACES_MAX)?;
            let spaces = (0..count)
                .map(|_| {
                    r.array_of(3)?;
                    Ok((read_space(r)?, Digest(r.bytes_of()?)))
                })
                .collect::<Result<_, DecodeError>>()?;
            Message::Digests { spaces, more: r.bool()? }
        }
        2 => {
            let spaces = read_frontiers(r)?;
            Message::Frontiers { spaces, more: r.bool()? }
        }
        3 => Message::Segment { lane, bytes: r.bytes("a compact segment", COMPACT_BYTES_MAX)?.to_vec() },
        4 => Message::Pushed { segments: r.uint()? },
        5 => Message::Declined {
            log: if r.null()? { None } else { Some(LogId(r.bytes_of()?)) },
            seq: r.uint()?,
            lasting: r.bool()?,
            reason: r.text("a reason", REASON_BYTES_MAX)?.to_owned(),
        },
        6 => Message::Settled { digest: Digest(r.bytes_of()?), more: r.bool()? },
        8 => Message::Wants,
        9 => Message::Want { file: Digest(r.bytes_of()?), from: r.uint()?, bytes_max: r.uint()? },
        10 => Message::Piece {
            file: Digest(r.bytes_of()?),
            from: r.uint()?,
            bytes: r.bytes("a piece of an attachment", PIECE_BYTES_MAX)?.to_vec(),
        },
        11 => Message::Lacks { file: Digest(r.bytes_of()?) },
        12 => Message::Fetched,
        _ => Message::Goodbye {
            code: GoodbyeCode::from_code(r.uint()?),
            text: r.text("a text", REASON_BYTES_MAX)?.to_owned(),
        },
    })
}

fn read_frontiers(r: &mut Reader<'_>) -> Result<Vec<(Space, SpaceFrontier)>, DecodeError> {
    let count = r.array("spaces in a message", MESSAGE_SPACES_MAX)?;
    let mut logs_left = MESSAGE_LOGS_MAX;
    let mut spaces = Vec::new();
    for _ in 0..count {
        r.array_of(3)?;
        let space = read_space(r)?;
        let frontier = SpaceFrontier::read(r, logs_left)?;
        logs_left -= frontier.0.len();
        spaces.push((space, frontier));
    }
    Ok(spaces)
}

fn write_units(w: &mut Writer, units: &[UnitPath]) {
    w.array(units.len());
    for unit in units {
        w.text(unit.as_str());
    }
}

fn read_units(r: &mut Reader<'_>) -> Result<Vec<UnitPath>, DecodeError> {
    let count = r.array("units of a side", UNITS_MAX)?;
    let mut units: Vec<UnitPath> = Vec::new();
    for _ in 0..count {
        let unit = read_unit(r)?;
        if units.last().is_some_and(|last| *last >= unit) {
            return Err(DecodeError::Invalid("the units of a side are not in order".to_owned()));
        }
        units.push(unit);
    }
    Ok(units)
}

fn read_carry(r: &mut Reader<'_>) -> Result<Carry, DecodeError> {
    let value = r.uint()?;
    let known = usize::try_from(value).ok().and_then(|at| Carry::ALL.get(at).copied());
    known.ok_or(DecodeError::Unknown { what: "what a link carries", value })
}

fn read_unit(r: &mut Reader<'_>) -> Result<UnitPath, DecodeError> {
    r.text("a unit path", UNIT_BYTES_MAX)?.parse().map_err(|error| DecodeError::Invalid(format!("{error}")))
}

fn write_space(w: &mut Writer, space: &Space) {
    w.text(space.unit.as_str()).uint(u64::from(space.channel.code()));
}

fn read_space(r: &mut Reader<'_>) -> Result<Space, DecodeError> {
    let unit = read_unit(r)?;
    let code = r.uint()?;
    let channel =
        Channel::from_code(code).ok_or(DecodeError::Unknown { what: "the channel", value: code })?;
    Ok(Space::new(unit, channel))
}

/// As much of a text as may be sent.
fn clipped(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

#[cfg(test)]
mod tests;
