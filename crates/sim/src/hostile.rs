//! What a device in the wrong hands does: it signs what Linli would never write, and says what is not so.

use automerge::{
    Automerge, ROOT, ReadDoc as _,
    transaction::{CommitOptions, Transactable as _},
};
use linli_disk::Chance;
use linli_log::{
    ChangeParts, Draft, DraftChange, Entry, Genesis, Grant, Head, Kind, LogWriter, Rights,
    author::seal_segment,
    compact,
    fact::{Body as _, Changes},
};
use linli_model::kind;
use linli_node::Node;
use linli_sync::Message;
use linli_wire::{Channel, Digest, DocId, EntryHash, Frame, Lane, LogId, Space, TimeMs, UnitPath};

/// Frames that are kept to be sent again.
const KEPT: usize = 16;

/// A log that was forged: its segment, and the entries in it that must never count.
#[derive(Debug)]
pub struct Forged {
    pub segment: Vec<u8>,
    pub entries: Vec<EntryHash>,
}

/// Forges one of the kinds there are, by a device with a grant. `other` is a unit that is none of its own.
pub fn forge(
    node: &Node,
    own: &UnitPath,
    other: &UnitPath,
    at: TimeMs,
    chance: &mut Chance,
) -> Option<Forged> {
    let mut incarnation = [0; 16];
    incarnation[..8].copy_from_slice(&chance.next().to_le_bytes());
    let device = node.device();
    let draft_change = |log, start_op, text: &str| {
        let chunk = change(log, start_op, text)?;
        let to_card = DraftChange { document: DocId(incarnation), kind: 1, schema: 1, chunk };
        Some(Draft { kind: Kind::Changes, body: Changes::default().encode(), changes: vec![to_card] })
    };
    let grant_itself = |unit: &UnitPath| Grant {
        device,
        recipient: [1; 32],
        unit: unit.clone(),
        rights: Rights::hub(),
        not_after: None,
        label: "self-made".to_owned(),
    };
    let space = match chance.below(4) {
        0 => Space::new(own.parent()?, Channel::Notices),
        1 => Space::new(other.clone(), Channel::Records),
        2 => Space::new(own.clone(), Channel::Oversight),
        _ => Space::new(own.clone(), Channel::Records),
    };
    let fact = space.channel == Channel::Notices;
    let within = space.channel == Channel::Records && space.unit == *own;
    let grant = node.with(|r| r.trust().grants_of(device).map(|(hash, _)| *hash).next())?;
    let genesis = Genesis { device, space: space.clone(), grant: Some(grant), incarnation, root: None };
    let (mut writer, begin) = LogWriter::begin(&genesis, at).ok()?;
    let draft = if fact {
        Draft::fact(Kind::Grant, &grant_itself(&space.unit))
    } else if within {
        // Its own space: only what would break whoever applies it.
        draft_change(writer.log(), Some(u64::from(u32::MAX)), "FORGED")?
    } else {
        draft_change(writer.log(), None, "FORGED")?
    };
    let entry = writer.append(draft, at).ok()?;
    seal(node, writer.log(), vec![begin, entry])
}

fn seal(node: &Node, log: LogId, entries: Vec<Entry>) -> Option<Forged> {
    let hashes = entries.iter().skip(1).map(Entry::hash).collect();
    let segment = seal_segment(&node.with(|r| r.identity().secret()), log, entries)?;
    Some(Forged { segment: compact::encode(&segment, compact::LEVEL_FAST), entries: hashes })
}

/// A change to a new household card, its operations' numbers as they are or moved.
fn change(log: LogId, start_op: Option<u64>, text: &str) -> Option<Vec<u8>> {
    let mut actor = [0; 16];
    actor[..10].copy_from_slice(&log.0[..10]);
    let mut document: Automerge = linli_model::new_document(&kind::HOUSEHOLD);
    document.set_actor(actor.into());
    let mut transaction = document.transaction();
    transaction.put(ROOT, "phone", text).ok()?;
    let options = CommitOptions::default().with_time(0).with_message("A".repeat(22));
    let (hash, _) = transaction.commit_with(options);
    let change = document.get_change_by_hash(&hash?)?;
    let mut parts = ChangeParts::parse(change.raw_bytes()).ok()?;
    parts.start_op = start_op.unwrap_or(parts.start_op);
    Some(parts.build())
}

/// Turns what an honest dialogue says into something else.
#[derive(Debug)]
pub struct Mangler {
    chance: Chance,
    forged: Vec<Vec<u8>>,
    said: Vec<Frame>,
}

impl Mangler {
    pub fn new(seed: u64, forged: Vec<Vec<u8>>) -> Self {
        Self { chance: Chance::new(seed), forged, said: Vec::new() }
    }

    /// What goes out in a frame's place.
    pub fn mangle(&mut self, frame: Frame) -> Vec<Frame> {
        self.said.push(frame.clone());
        self.said.truncate(KEPT);
        match self.chance.below(24) {
            0 => Vec::new(),
            1 => vec![frame.clone(), frame],
            2 => vec![self.flipped(frame)],
            3 => vec![frame, self.said_before()],
            4 => vec![frame, self.garbage()],
            5 => vec![cut_short(frame, &mut self.chance)],
            6..12 => match self.forged.pop() {
                Some(bytes) => vec![Message::Segment { lane: Lane::Recent, bytes }.encode(), frame],
                None => vec![frame],
            },
            12..15 => vec![self.lie(frame)],
            _ => vec![frame],
        }
    }

    fn flipped(&mut self, mut frame: Frame) -> Frame {
        let at = self.chance.below(frame.body.len().max(1) as u64) as usize;
        if let Some(byte) = frame.body.get_mut(at) {
            *byte ^= 1 << self.chance.below(8);
        }
        frame
    }

    fn said_before(&mut self) -> Frame {
        self.chance.pick(&self.said).expect("one was just said").clone()
    }

    fn garbage(&mut self) -> Frame {
        let body = (0..self.chance.below(200)).map(|_| self.chance.next() as u8).collect();
        Frame { lane: Lane::ALL[self.chance.below(5) as usize], body }
    }

    /// Claims to hold what it does not, or not to hold what it does.
    fn lie(&mut self, frame: Frame) -> Frame {
        let chance = &mut self.chance;
        let mut hash = || {
            let mut hash = [0; 32];
            hash.chunks_mut(8).for_each(|part| part.copy_from_slice(&chance.next().to_le_bytes()));
            hash
        };
        match Message::decode(&frame) {
            Ok(Message::Hello(mut hello)) => {
                hello.digest = Digest(hash());
                hello.theirs.clear();
                Message::Hello(hello).encode()
            }
            Ok(Message::Digests { mut spaces, more }) => {
                for (_, digest) in &mut spaces {
                    *digest = Digest(hash());
                }
                Message::Digests { spaces, more }.encode()
            }
            Ok(Message::Frontiers { mut spaces, more }) => {
                for heads in spaces.iter_mut().flat_map(|(_, frontier)| frontier.0.values_mut()) {
                    heads.clear();
                    heads.push(Head { seq: 1_000, hash: EntryHash(hash()) });
                }
                Message::Frontiers { spaces, more }.encode()
            }
            Ok(Message::Pushed { segments }) => Message::Pushed { segments: segments + 1 }.encode(),
            Ok(Message::Settled { .. }) => Message::Settled { digest: Digest(hash()), more: true }.encode(),
            _ => frame,
        }
    }
}

fn cut_short(mut frame: Frame, chance: &mut Chance) -> Frame {
    let keep = chance.below(frame.body.len().max(1) as u64) as usize;
    frame.body.truncate(keep);
    frame
}
