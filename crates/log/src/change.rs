//! The parts of an Automerge change chunk, read without Automerge.
//!
//! The layout is that of Automerge's binary format, chunk type 1:
//!
//! ```text
//! 85 6f 4a 83 ‖ checksum: 4 bytes ‖ 01 ‖ length: uLEB ‖ contents
//! contents = dependencies: uLEB count, 32 bytes each ‖ actor: uLEB length, bytes ‖ seq: uLEB ‖
//!            start_op: uLEB ‖ time: LEB ‖ message: uLEB length, bytes ‖
//!            other actors: uLEB count, (uLEB length, bytes) each ‖
//!            columns: uLEB count, (specification: uLEB, length: uLEB) each ‖ column data ‖ rest
//! ```
//!
//! The change's hash is SHA-256 over the type, the length and the contents; the checksum is its
//! first four bytes. The compact form leaves out whatever of this a reader can derive.

pub(crate) mod operations;

use linli_wire::{
    Digest, DocId,
    limits::{CHANGE_ACTORS_MAX, CHANGE_DEPS_MAX},
};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The four bytes that every Automerge chunk starts with.
pub const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// The type of an uncompressed change chunk.
const CHANGE_CHUNK: u8 = 1;
/// Columns that one change may name; Automerge itself writes fewer than twenty.
pub(crate) const COLUMNS_MAX: usize = 64;

/// The hash by which Automerge knows a change.
pub type ChangeHash = [u8; 32];

/// The key of the n-th row that a change of a document makes: nobody else ever makes the same, and a reader of the change
/// can work it out.
pub fn row_key(document: DocId, actor: &[u8], seq: u64, nth: u64) -> [u8; 16] {
    let parts = [document.as_bytes(), actor, &seq.to_be_bytes(), &nth.to_be_bytes()];
    let digest = Digest::of(b"linli/1 row", &parts);
    std::array::from_fn(|at| digest.as_bytes()[at])
}

/// Why bytes are not a change chunk that Linli carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ChangeError {
    #[error("the change ends too early")]
    Truncated,
    #[error("the change does not begin like an Automerge chunk")]
    Magic,
    #[error("the chunk is of type {0}, only plain changes (type 1) are carried")]
    Type(u8),
    #[error("a number is too large or longer than it needs to be")]
    Number,
    #[error("the change names {found} {what}, more than the limit of {limit}")]
    TooMany { what: &'static str, found: u64, limit: usize },
    #[error("bytes follow the end of the change")]
    Trailing,
    #[error("the checksum does not match the change")]
    Checksum,
    #[error("the message of the change is not text")]
    Message,
}

/// A change chunk taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeParts<'b> {
    pub hash: ChangeHash,
    pub deps: Vec<ChangeHash>,
    pub actor: &'b [u8],
    pub seq: u64,
    pub start_op: u64,
    pub time: i64,
    pub message: &'b str,
    pub other_actors: Vec<&'b [u8]>,
    /// (specification, data) of each column, in the order in which they stand.
    pub columns: Vec<(u64, &'b [u8])>,
    pub rest: &'b [u8],
}

impl<'b> ChangeParts<'b> {
    pub fn parse(chunk: &'b [u8]) -> Result<Self, ChangeError> {
        let mut input = Input(chunk);
        if input.take(4)? != MAGIC {
            return Err(ChangeError::Magic);
        }
        let checksum = input.take(4)?;
        let hashed = input.0;
        let chunk_type = input.take(1)?[0];
        if chunk_type != CHANGE_CHUNK {
            return Err(ChangeError::Type(chunk_type));
        }
        let len = input.length()?;
        match input.0.len() {
            found if found < len => return Err(ChangeError::Truncated),
            found if found > len => return Err(ChangeError::Trailing),
            _ => {}
        }
        let hash: ChangeHash = Sha256::digest(hashed).into();
        if hash[..4] != *checksum {
            return Err(ChangeError::Checksum);
        }
        let deps = input.count("dependencies", CHANGE_DEPS_MAX)?;
        let deps = (0..deps).map(|_| input.array()).collect::<Result<_, _>>()?;
        let actor = input.counted()?;
        let (seq, start_op, time) = (input.uleb()?, input.uleb()?, input.leb()?);
        let message = std::str::from_utf8(input.counted()?).map_err(|_| ChangeError::Message)?;
        let others = input.count("other actors", CHANGE_ACTORS_MAX)?;
        let other_actors = (0..others).map(|_| input.counted()).collect::<Result<_, _>>()?;
        let columns = input.count("columns", COLUMNS_MAX)?;
        let heads: Vec<(u64, usize)> =
            (0..columns).map(|_| Ok((input.uleb()?, input.length()?))).collect::<Result<_, ChangeError>>()?;
        let columns = heads
            .into_iter()
            .map(|(spec, len)| Ok((spec, input.take(len)?)))
            .collect::<Result<_, ChangeError>>()?;
        Ok(Self { hash, deps, actor, seq, start_op, time, message, other_actors, columns, rest: input.0 })
    }

    /// The chunk again: exactly the one that was parsed, because only shortest numbers are.
    pub fn build(&self) -> Vec<u8> {
        self.build_with_hash().0
    }

    /// The chunk and its hash.
    pub(crate) fn build_with_hash(&self) -> (Vec<u8>, ChangeHash) {
        let columns: usize = self.columns.iter().map(|(_, data)| data.len()).sum();
        let names: usize = self.other_actors.iter().map(|actor| actor.len() + 10).sum();
        let mut contents =
            Vec::with_capacity(columns + names + 33 * self.deps.len() + self.message.len() + 128);
        put_uleb(&mut contents, self.deps.len() as u64);
        self.deps.iter().for_each(|dep| contents.extend_from_slice(dep));
        put_counted(&mut contents, self.actor);
        put_uleb(&mut contents, self.seq);
        put_uleb(&mut contents, self.start_op);
        put_leb(&mut contents, self.time);
        put_counted(&mut contents, self.message.as_bytes());
        put_uleb(&mut contents, self.other_actors.len() as u64);
        self.other_actors.iter().for_each(|actor| put_counted(&mut contents, actor));
        put_uleb(&mut contents, self.columns.len() as u64);
        for (spec, data) in &self.columns {
            put_uleb(&mut contents, *spec);
            put_uleb(&mut contents, data.len() as u64);
        }
        self.columns.iter().for_each(|(_, data)| contents.extend_from_slice(data));
        contents.extend_from_slice(self.rest);

        let mut chunk = Vec::with_capacity(contents.len() + 16);
        chunk.extend_from_slice(&MAGIC);
        chunk.extend_from_slice(&[0; 4]);
        chunk.push(CHANGE_CHUNK);
        put_uleb(&mut chunk, contents.len() as u64);
        chunk.extend_from_slice(&contents);
        let hash = hash_of(&chunk);
        chunk[4..8].copy_from_slice(&hash[..4]);
        (chunk, hash)
    }
}

/// The hash of a whole chunk, whatever its checksum says.
pub(crate) fn hash_of(chunk: &[u8]) -> ChangeHash {
    Sha256::digest(&chunk[8..]).into()
}

/// Appends an unsigned LEB128 number.
pub(crate) fn put_uleb(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Appends a signed LEB128 number.
pub(crate) fn put_leb(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        let done = (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0);
        out.push(if done { byte } else { byte | 0x80 });
        if done {
            return;
        }
    }
}

fn put_counted(out: &mut Vec<u8>, bytes: &[u8]) {
    put_uleb(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// What is left to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'b>(pub &'b [u8]);

impl<'b> Input<'b> {
    pub fn take(&mut self, len: usize) -> Result<&'b [u8], ChangeError> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(ChangeError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], ChangeError> {
        self.take(N)?.try_into().map_err(|_| ChangeError::Truncated)
    }

    pub fn uleb(&mut self) -> Result<u64, ChangeError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(ChangeError::Number);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                // A last byte of zero says nothing that a shorter encoding would not.
                return if byte == 0 && shift > 0 { Err(ChangeError::Number) } else { Ok(value) };
            }
        }
        Err(ChangeError::Number)
    }

    pub fn leb(&mut self) -> Result<i64, ChangeError> {
        let (mut value, mut before) = (0_i64, 0);
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let sign = byte & 0x40 != 0;
                let repeats_sign = (byte == 0 && before & 0x40 == 0) || (byte == 0x7f && before & 0x40 != 0);
                let overflows = shift == 63 && byte != 0 && byte != 0x7f;
                if shift > 0 && repeats_sign || overflows {
                    return Err(ChangeError::Number);
                }
                return Ok(if sign && shift + 7 < 64 { value | (-1 << (shift + 7)) } else { value });
            }
            before = byte;
        }
        Err(ChangeError::Number)
    }

    pub fn length(&mut self) -> Result<usize, ChangeError> {
        usize::try_from(self.uleb()?).map_err(|_| ChangeError::Number)
    }

    pub fn counted(&mut self) -> Result<&'b [u8], ChangeError> {
        let len = self.length()?;
        self.take(len)
    }

    fn count(&mut self, what: &'static str, limit: usize) -> Result<usize, ChangeError> {
        match self.uleb()? {
            found if found > limit as u64 => Err(ChangeError::TooMany { what, found, limit }),
            found => Ok(found as usize),
        }
    }
}

#[cfg(test)]
mod tests;
