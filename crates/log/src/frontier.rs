//! Frontiers: what a replica holds of a space, and the digests by which two replicas compare it.

use std::collections::BTreeMap;

use linli_wire::{DecodeError, Digest, EntryHash, LogId, Reader, Space, Writer, limits::LOG_HEADS_MAX};

/// The end of one branch of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Head {
    pub seq: u64,
    pub hash: EntryHash,
}

impl Head {
    pub(crate) fn write(&self, w: &mut Writer) {
        w.array(2).uint(self.seq).bytes(self.hash.as_bytes());
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array_of(2)?;
        Ok(Self { seq: r.uint()?, hash: EntryHash(r.bytes_of()?) })
    }
}

/// A space's logs with their heads, each list ordered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpaceFrontier(pub BTreeMap<LogId, Vec<Head>>);

impl SpaceFrontier {
    /// The digest that two replicas compare: SHA-256 over the canonical frontier.
    pub fn digest(&self) -> Digest {
        let mut writer = Writer::new();
        self.write(&mut writer);
        Digest::of(b"linli/1 frontier", &[&writer.finish()])
    }

    pub fn write(&self, w: &mut Writer) {
        w.array(self.0.len());
        for (log, heads) in &self.0 {
            w.array(2).bytes(log.as_bytes()).array(heads.len());
            for head in heads {
                head.write(w);
            }
        }
    }

    /// Reads a frontier of at most `logs_max` logs, ordered and without repetition.
    pub fn read(r: &mut Reader<'_>, logs_max: usize) -> Result<Self, DecodeError> {
        let count = r.array("logs in a frontier", logs_max)?;
        let mut logs: BTreeMap<LogId, Vec<Head>> = BTreeMap::new();
        for _ in 0..count {
            r.array_of(2)?;
            let log = LogId(r.bytes_of()?);
            if logs.last_key_value().is_some_and(|(last, _)| *last >= log) {
                return Err(DecodeError::Invalid("the logs of a frontier are not in order".to_owned()));
            }
            let heads = r.array("heads of a log", LOG_HEADS_MAX)?;
            let heads: Vec<Head> = (0..heads).map(|_| Head::read(r)).collect::<Result<_, _>>()?;
            if heads.is_empty() || heads.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(DecodeError::Invalid("the heads of a log are not in order".to_owned()));
            }
            logs.insert(log, heads);
        }
        Ok(Self(logs))
    }
}

/// What a replica holds of several spaces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier(pub BTreeMap<Space, SpaceFrontier>);

impl Frontier {
    /// One digest over all spaces that hold anything.
    pub fn digest(&self) -> Digest {
        let digests = self.0.iter().map(|(space, frontier)| (space.clone(), frontier.digest())).collect();
        digest_of(&digests)
    }
}

/// One digest over the digests of several spaces.
pub fn digest_of(spaces: &BTreeMap<Space, Digest>) -> Digest {
    let mut writer = Writer::new();
    writer.array(spaces.len());
    for (space, digest) in spaces {
        writer
            .array(3)
            .text(space.unit.as_str())
            .uint(u64::from(space.channel.code()))
            .bytes(digest.as_bytes());
    }
    Digest::of(b"linli/1 spaces", &[&writer.finish()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(seq: u64, byte: u8) -> Head {
        Head { seq, hash: EntryHash([byte; 32]) }
    }

    #[test]
    fn a_frontier_reads_back_and_changes_its_digest_with_every_head() {
        let mut frontier = SpaceFrontier::default();
        frontier.0.insert(LogId([1; 32]), vec![head(4, 1)]);
        frontier.0.insert(LogId([2; 32]), vec![head(4, 1), head(9, 2)]);
        let mut writer = Writer::new();
        frontier.write(&mut writer);
        let bytes = writer.finish();
        assert_eq!(Reader::whole(&bytes, |r| SpaceFrontier::read(r, 2)), Ok(frontier.clone()));
        assert!(Reader::whole(&bytes, |r| SpaceFrontier::read(r, 1)).is_err());
        let digest = frontier.digest();
        frontier.0.insert(LogId([1; 32]), vec![head(5, 1)]);
        assert_ne!(frontier.digest(), digest);
    }

    #[test]
    fn a_frontier_out_of_order_is_refused() {
        let mut writer = Writer::new();
        writer.array(2);
        for log in [2, 1] {
            writer.array(2).bytes(&[log; 32]).array(1);
            head(0, 0).write(&mut writer);
        }
        assert!(Reader::whole(&writer.finish(), |r| SpaceFrontier::read(r, 9)).is_err());
        let mut writer = Writer::new();
        writer.array(1).array(2).bytes(&[1; 32]).array(0);
        assert!(Reader::whole(&writer.finish(), |r| SpaceFrontier::read(r, 9)).is_err());
    }
}
