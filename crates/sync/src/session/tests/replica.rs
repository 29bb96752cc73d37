//! A replica in memory, with segments of one entry each that are not signed.

use std::collections::{BTreeMap, BTreeSet};

use linli_log::{Head, SpaceFrontier};
use linli_wire::{Channel, Digest, EntryHash, LogId, Reader, Space, Writer};
use thiserror::Error;

use crate::{Holdings, Missing, Stored};

#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    parent: Option<Head>,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Log {
    space: Space,
    items: BTreeMap<Head, Item>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Replica {
    pub(super) logs: BTreeMap<LogId, Log>,
    spaces: BTreeMap<Space, BTreeSet<LogId>>,
    /// Bytes that `missing` has given.
    pub(super) bytes_read: usize,
    /// Bytes of the largest batch that came to be stored.
    pub(super) largest_batch: usize,
    /// Logs of which nothing is stored.
    pub(super) refuses: BTreeSet<LogId>,
    /// The programs of its peers.
    pub(super) met: Vec<String>,
    /// Every call fails.
    pub(super) broken: bool,
}

/// Two replicas are equal if they hold the same.
impl PartialEq for Replica {
    fn eq(&self, other: &Self) -> bool {
        self.logs == other.logs
    }
}

#[derive(Debug, Error)]
#[error("the replica is broken")]
pub(super) struct Broken;

impl Replica {
    /// Appends an entry to the log's last head.
    pub(super) fn write(&mut self, space: &Space, log: LogId, payload: &[u8]) -> Head {
        let parent = self.log(space, log).items.keys().next_back().copied();
        self.branch(space, log, parent, payload)
    }

    /// Adds an entry behind another, whatever follows that already.
    pub(super) fn branch(&mut self, space: &Space, log: LogId, parent: Option<Head>, payload: &[u8]) -> Head {
        let entry = self.log(space, log);
        let seq = parent.map_or(0, |parent| parent.seq + 1);
        let above = parent.map_or([0; 32], |parent| parent.hash.0);
        let head = Head { seq, hash: EntryHash(Digest::of(b"test", &[&log.0, &above, payload]).0) };
        let bytes = segment(space, log, parent, head, payload);
        entry.items.insert(head, Item { parent, bytes });
        head
    }

    pub(super) fn write_many(&mut self, space: &Space, log: LogId, count: u8, bytes: usize) {
        for number in 0..count {
            self.write(space, log, &vec![number; bytes]);
        }
    }

    /// Makes the segments of `log` say that it stands in another space than its frontier does.
    pub(super) fn disguise(&mut self, log: LogId, space: &Space) {
        let entry = self.logs.get_mut(&log).expect("the log was written");
        for (head, item) in &mut entry.items {
            item.bytes = segment(space, log, item.parent, *head, b"disguised");
        }
    }

    pub(super) fn frontier_of(&self, space: &Space) -> SpaceFrontier {
        let logs = self.spaces.get(space).into_iter().flatten();
        SpaceFrontier(logs.map(|log| (*log, self.logs[log].heads(|_| true))).collect())
    }

    fn log(&mut self, space: &Space, log: LogId) -> &mut Log {
        self.spaces.entry(space.clone()).or_default().insert(log);
        self.logs.entry(log).or_insert_with(|| Log { space: space.clone(), items: BTreeMap::new() })
    }

    fn working(&self) -> Result<(), Broken> {
        if self.broken { Err(Broken) } else { Ok(()) }
    }

    fn store_one(&mut self, bytes: Vec<u8>, allowed: &dyn Fn(&Space) -> bool) -> Stored {
        let (space, log, parent, head) = read(&bytes);
        let declined = |reason: &str| Stored::Declined {
            log: Some(log),
            seq: head.seq,
            lasting: true,
            reason: reason.to_owned(),
        };
        if !allowed(&space) {
            return declined("the space is not shared");
        }
        if self.refuses.contains(&log) {
            return declined("no room");
        }
        let entry = self.log(&space, log);
        assert!(
            parent.is_none_or(|parent| entry.items.contains_key(&parent)),
            "a child came before its parent"
        );
        match entry.items.insert(head, Item { parent, bytes }) {
            None => Stored::New { space, log, parent, head },
            Some(_) => Stored::Known { space, log, parent, head },
        }
    }
}

impl Log {
    /// Those for which `of` says yes, without those that another of them follows.
    fn heads(&self, of: impl Fn(&Head) -> bool) -> Vec<Head> {
        let members = || self.items.iter().filter(|(head, _)| of(head));
        let parents: BTreeSet<Head> = members().filter_map(|(_, item)| item.parent).collect();
        members().map(|(head, _)| *head).filter(|head| !parents.contains(head)).collect()
    }

    fn below(&self, heads: &[Head]) -> BTreeSet<Head> {
        let mut known = BTreeSet::new();
        for head in heads {
            let mut next = self.items.contains_key(head).then_some(*head);
            while let Some(head) = next.filter(|head| known.insert(*head)) {
                next = self.items[&head].parent;
            }
        }
        known
    }
}

impl Holdings for Replica {
    type Error = Broken;

    fn meet(&mut self, program: &str) -> Result<(), Broken> {
        self.met.push(program.to_owned());
        self.working()
    }

    fn digests(&mut self, wanted: &dyn Fn(&Space) -> bool) -> Result<BTreeMap<Space, Digest>, Broken> {
        self.working()?;
        let spaces = self.spaces.keys().filter(|space| wanted(space));
        Ok(spaces.map(|space| (space.clone(), self.frontier_of(space).digest())).collect())
    }

    fn frontier(&mut self, space: &Space) -> Result<SpaceFrontier, Broken> {
        self.working()?;
        Ok(self.frontier_of(space))
    }

    fn knows(&mut self, log: LogId, head: &Head) -> Result<bool, Broken> {
        self.working()?;
        Ok(self.logs.get(&log).is_some_and(|log| log.items.contains_key(head)))
    }

    fn missing(&mut self, log: LogId, theirs: &[Head], bytes_max: usize) -> Result<Missing, Broken> {
        self.working()?;
        let log = &self.logs[&log];
        let mut known = log.below(theirs);
        let unknown = theirs.iter().filter(|head| !log.items.contains_key(head)).copied();
        let mut missing = Missing::default();
        let mut bytes = 0;
        for (head, item) in &log.items {
            if known.contains(head) {
                continue;
            }
            if bytes > 0 && bytes + item.bytes.len() > bytes_max {
                missing.more = true;
                break;
            }
            bytes += item.bytes.len();
            missing.segments.push(item.bytes.clone());
            known.insert(*head);
        }
        self.bytes_read += bytes;
        missing.heads = log.heads(|head| known.contains(head));
        missing.heads.extend(unknown);
        missing.heads.sort();
        Ok(missing)
    }

    fn store(
        &mut self,
        segments: Vec<Vec<u8>>,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Vec<Stored>, Broken> {
        self.working()?;
        self.largest_batch = self.largest_batch.max(segments.iter().map(Vec::len).sum());
        Ok(segments.into_iter().map(|bytes| self.store_one(bytes, allowed)).collect())
    }
}

/// The log that a segment belongs to.
pub(super) fn log_of(segment: &[u8]) -> LogId {
    read(segment).1
}

fn segment(space: &Space, log: LogId, parent: Option<Head>, head: Head, payload: &[u8]) -> Vec<u8> {
    let mut w = Writer::new();
    w.array(6).text(space.unit.as_str()).uint(space.channel.code().into()).bytes(&log.0);
    match parent {
        Some(parent) => w.bytes(&parent.hash.0),
        None => w.null(),
    };
    w.array(2).uint(head.seq).bytes(&head.hash.0).bytes(payload);
    w.finish()
}

fn read(segment: &[u8]) -> (Space, LogId, Option<Head>, Head) {
    Reader::whole(segment, |r| {
        r.array_of(6)?;
        let unit = r.text("unit", 16)?.parse().expect("a test writes unit paths");
        let space = Space::new(unit, Channel::from_code(r.uint()?).expect("a test writes channels"));
        let log = LogId(r.bytes_of()?);
        let parent = if r.null()? { None } else { Some(EntryHash(r.bytes_of()?)) };
        r.array_of(2)?;
        let head = Head { seq: r.uint()?, hash: EntryHash(r.bytes_of()?) };
        r.bytes("payload", 1 << 20)?;
        let parent = parent.map(|hash| Head { seq: head.seq - 1, hash });
        Ok((space, log, parent, head))
    })
    .expect("a test writes segments")
}
