//! The bytes of attachments: in a second encrypted database beside the first, in pieces.
//!
//! A document names an attachment by its hash, length and type; the published table `attachment` says
//! which are named. The bytes are known by their hash. They are no cache: nothing makes them again, so a
//! backup takes `attachments.db` along. What a peer sends counts once all of it is here and has the hash.

mod kind;
mod schema;

use std::collections::BTreeSet;

use linli_model::kind::ATTACHMENT_BYTES_MAX;
use linli_sync::Kept;
use linli_wire::{Digest, Space, limits::PIECE_BYTES_MAX};
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};
use sha2::{Digest as _, Sha256};

pub use kind::media_type;
pub(crate) use schema::{SETTINGS, migrations};

use crate::{error::StoreError, replica::Replica, spaces};

/// Bytes of attachments that a replica keeps unless it is set otherwise.
pub const QUOTA_BYTES_DEFAULT: u64 = 8 << 30;
/// A hub fetches attachments from below up to this size unless it is set otherwise; other devices fetch none
/// unasked.
pub const FETCH_BYTES_DEFAULT: u64 = 16 << 20;
/// Settings that live with the data.
const QUOTA: &str = "attachments_quota_bytes";
const FETCH: &str = "attachments_fetch_bytes";

/// The SHA-256 of a file.
pub type FileHash = [u8; 32];

/// An attachment that a document names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub space: Space,
    /// The document, 32 hexadecimal digits.
    pub document: String,
    /// The item of its collection of attachments.
    pub key: String,
    pub about: String,
    pub hash: FileHash,
    pub bytes: u64,
    pub media_type: String,
    pub name: String,
    /// Bytes that are here.
    pub here_bytes: u64,
    /// Whether a person asked for it.
    pub wanted: bool,
}

impl Named {
    /// Whether all of it is here.
    pub const fn is_whole(&self) -> bool {
        self.here_bytes >= self.bytes
    }
}

/// What attachments take, and may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    pub files: u64,
    /// Bytes set aside, for files under way also those still to come.
    pub bytes: u64,
    pub quota_bytes: u64,
    /// Attachments from below up to this size are fetched unasked.
    pub fetch_bytes: u64,
}

/// What became of a piece that was carried here in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// It was the last one.
    Whole,
    Part,
    /// It was here already.
    Here,
    /// What it belongs to, or the piece before it, is not here yet.
    Early,
    /// The file does not have the hash that it goes by; none of it is kept.
    Wrong,
}

impl Replica {
    /// Keeps a file that is to be attached; returns its hash. Nothing of it stays if reading fails.
    pub fn attach(&mut self, bytes: u64, mut reader: impl std::io::Read) -> Result<FileHash, StoreError> {
        if bytes == 0 || bytes > ATTACHMENT_BYTES_MAX as u64 {
            return Err(StoreError::AttachmentSize { bytes, most: ATTACHMENT_BYTES_MAX as u64 });
        }
        self.room_for(bytes)?;
        let transaction = self.attachments()?.transaction()?;
        transaction.execute("INSERT INTO file(hash, bytes, have) VALUES (randomblob(32), ?1, 0)", [bytes])?;
        let file_no = transaction.last_insert_rowid();
        let (mut sum, mut at) = (Sha256::new(), 0_u64);
        while at < bytes {
            let mut piece = vec![0; PIECE_BYTES_MAX.min((bytes - at) as usize)];
            reader.read_exact(&mut piece).map_err(StoreError::AttachmentRead)?;
            sum.update(&piece);
            put(&transaction, file_no, at, &piece)?;
            at += piece.len() as u64;
        }
        let hash: FileHash = sum.finalize().into();
        transaction.execute("DELETE FROM file WHERE hash = ?1", [hash])?;
        transaction.execute(
            "UPDATE file SET hash = ?2, have = bytes, whole = 1 WHERE file_no = ?1",
            params![file_no, hash],
        )?;
        transaction.commit()?;
        Ok(hash)
    }

    /// The attachments that documents name; of one document where it is given.
    pub fn attachments_named(&mut self, document: Option<&str>) -> Result<Vec<Named>, StoreError> {
        // Every session asks for all; one statement for both would be planned anew each time.
        let of = if document.is_some() { "WHERE a.doc = ?1" } else { "" };
        let rows = self.query(
            &format!(
                "SELECT space.unit, space.channel, a.doc, a.attachment, a.about, a.sha256, a.length, a.type, a.name
                 FROM attachment a JOIN document d ON d.doc_no = a.doc_no JOIN space ON space.space_no = d.space_no
                 {of} ORDER BY a.unit, a.doc, a.attachment"
            ),
            params_from_iter(document),
            |row| {
                let space: (String, u64) = (row.get(0)?, row.get(1)?);
                let (hash, bytes): (String, u64) = (row.get(5)?, row.get(6)?);
                Ok((space, (row.get(2)?, row.get(3)?, row.get(4)?), hash, bytes, (row.get(7)?, row.get(8)?)))
            },
        )?;
        let mut named = Vec::new();
        for ((unit, channel), (document, key, about), hash, bytes, (media_type, name)) in rows {
            // What does not name a file by its hash and length names none.
            let Some(hash) = parse_hash(&hash).filter(|_| bytes > 0) else { continue };
            let (here_bytes, wanted) = match self.attachments_if_any()? {
                Some(files) => (here(files, &hash)?, is_wanted(files, &hash)?),
                None => (0, false),
            };
            let space = spaces::parse(&unit, channel)?;
            let here_bytes = here_bytes.min(bytes);
            named.push(Named {
                space,
                document,
                key,
                about,
                hash,
                bytes,
                media_type,
                name,
                here_bytes,
                wanted,
            });
        }
        Ok(named)
    }

    /// Asks for an attachment that a document names: the next links fetch it.
    pub fn want_attachment(&mut self, hash: &FileHash) -> Result<(), StoreError> {
        self.attachments()?.execute("INSERT OR IGNORE INTO wanted(hash) VALUES (?1)", [hash])?;
        Ok(())
    }

    /// Reads a whole attachment, piece by piece, and checks it against its hash.
    pub fn read_attachment(
        &mut self,
        hash: &FileHash,
        mut take: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<u64, StoreError> {
        let missing = || StoreError::NoAttachment(hex(hash));
        let files = self.attachments_if_any()?.ok_or_else(missing)?;
        let file = find(files, hash)?.filter(|file| file.whole).ok_or_else(missing)?;
        let sum = each_piece(files, file.file_no, |piece| take(piece).map_err(StoreError::AttachmentRead))?;
        if sum != *hash {
            return Err(StoreError::DamagedAttachment(hex(hash)));
        }
        Ok(file.bytes)
    }

    /// Checks all that is whole; returns how many are, and those that are damaged. Those are dropped, so
    /// that they are fetched again.
    pub fn verify_attachments(&mut self) -> Result<(usize, Vec<String>), StoreError> {
        let Some(files) = self.attachments_if_any()? else { return Ok((0, Vec::new())) };
        let check: String = files.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        if check != "ok" {
            return Err(StoreError::Corrupt(format!("attachments: {check}")));
        }
        let mut statement =
            files.prepare("SELECT file_no, hash FROM file WHERE whole = 1 ORDER BY file_no")?;
        let all = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, FileHash>(1)?)))?;
        let (mut sound, mut damaged) = (0, Vec::new());
        for row in all.collect::<Result<Vec<_>, _>>()? {
            let (file_no, hash) = row;
            if each_piece(files, file_no, |_| Ok(()))? == hash {
                sound += 1;
            } else {
                damaged.push(hex(&hash));
                files.execute("DELETE FROM file WHERE file_no = ?1", [file_no])?;
            }
        }
        Ok((sound, damaged))
    }

    /// Erases the bytes that no document names any longer; returns how many files went. To be called when
    /// all that is here has had its effects.
    pub fn sweep_attachments(&mut self) -> Result<usize, StoreError> {
        let Some(files) = self.attachments_if_any()? else { return Ok(0) };
        let mut statement = files.prepare("SELECT hash FROM file UNION SELECT hash FROM wanted")?;
        let hashes = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<FileHash>, _>>()?;
        drop(statement);
        let named: BTreeSet<String> =
            self.query("SELECT DISTINCT sha256 FROM attachment", [], |row| row.get(0))?.into_iter().collect();
        let mut gone = 0;
        let files = self.attachments()?;
        for hash in hashes.iter().filter(|hash| !named.contains(&hex(hash))) {
            gone += files.execute("DELETE FROM file WHERE hash = ?1", [hash])?;
            files.execute("DELETE FROM wanted WHERE hash = ?1", [hash])?;
        }
        if gone > 0 {
            // What was deleted is not to stay in the write-ahead log either.
            self.attachments()?.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        Ok(gone)
    }

    pub fn attachment_usage(&mut self) -> Result<Usage, StoreError> {
        let quota_bytes = self.setting(QUOTA)?.unwrap_or(QUOTA_BYTES_DEFAULT);
        let me = self.identity().device();
        let hub = self.trust().grants_of(me).any(|(_, a)| a.grant.rights.has(linli_log::Right::Receipt));
        let fetch_bytes = self.setting(FETCH)?.unwrap_or(if hub { FETCH_BYTES_DEFAULT } else { 0 });
        let (files, bytes) = match self.attachments_if_any()? {
            Some(files) => {
                files.query_row("SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM file", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
            }
            None => (0, 0),
        };
        Ok(Usage { files, bytes, quota_bytes, fetch_bytes })
    }

    pub fn set_attachment_quota(&self, bytes: u64) -> Result<(), StoreError> {
        self.set_meta(QUOTA, &bytes.to_be_bytes())
    }

    /// Attachments of units below up to this size are fetched unasked; 0 for none.
    pub fn set_attachment_fetch(&self, bytes: u64) -> Result<(), StoreError> {
        self.set_meta(FETCH, &bytes.to_be_bytes())
    }

    fn attachments(&mut self) -> Result<&mut Connection, StoreError> {
        self.opened_mut().attachments()
    }

    /// The database of attachments, unless nothing was ever attached here.
    fn attachments_if_any(&mut self) -> Result<Option<&Connection>, StoreError> {
        let opened = self.opened_mut();
        if opened.has_attachments()? { Ok(Some(opened.attachments()?)) } else { Ok(None) }
    }

    fn setting(&self, name: &str) -> Result<Option<u64>, StoreError> {
        Ok(self.meta(name)?.and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes))
    }

    fn room_for(&mut self, bytes: u64) -> Result<(), StoreError> {
        let usage = self.attachment_usage()?;
        if usage.bytes + bytes > usage.quota_bytes {
            let Usage { bytes: used, quota_bytes: quota, .. } = usage;
            return Err(StoreError::AttachmentQuota { bytes, used, quota });
        }
        Ok(())
    }

    /// The next attachment to ask a peer for, and from which byte on.
    pub(crate) fn attachment_wanted(
        &mut self,
        not: &dyn Fn(&Digest) -> bool,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Option<(FileHash, u64)>, StoreError> {
        let all = self.attachments_named(None)?;
        if all.is_empty() {
            return Ok(None);
        }
        let usage = self.attachment_usage()?;
        let own: Vec<_> =
            self.trust().grants_of(self.identity().device()).map(|(_, a)| a.grant.unit.clone()).collect();
        for named in all {
            // Of a unit that moved away nothing is allowed.
            let below = own.iter().any(|unit| self.trust().stands_above(unit, &named.space.unit));
            let asked = named.wanted || (below && named.bytes <= usage.fetch_bytes);
            let begun = named.here_bytes > 0;
            let fits = begun || usage.bytes + named.bytes <= usage.quota_bytes;
            let takes = !named.is_whole() && named.bytes <= ATTACHMENT_BYTES_MAX as u64;
            if takes && asked && fits && !not(&Digest(named.hash)) && allowed(&named.space) {
                return Ok(Some((named.hash, named.here_bytes)));
            }
        }
        Ok(None)
    }

    /// A piece of an attachment that a document in one of the allowed spaces names.
    pub(crate) fn attachment_piece(
        &mut self,
        hash: &FileHash,
        from: u64,
        bytes_max: usize,
        allowed: &dyn Fn(&Space) -> bool,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        // Nobody may ask for a file by its hash alone.
        if !self.named_in(hash)?.iter().any(allowed) {
            return Ok(None);
        }
        let Some(files) = self.attachments_if_any()? else { return Ok(None) };
        let Some(file) = find(files, hash)?.filter(|file| file.whole && from < file.bytes) else {
            return Ok(None);
        };
        let (at, piece): (u64, Vec<u8>) = files
            .prepare_cached(
                "SELECT at, bytes FROM piece WHERE file_no = ?1 AND at <= ?2 ORDER BY at DESC LIMIT 1",
            )?
            .query_row(params![file.file_no, from], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let rest = piece.get((from - at) as usize..).unwrap_or_default();
        Ok(Some(rest[..rest.len().min(bytes_max)].to_vec()))
    }

    /// A piece of an attachment that this device carries elsewhere; `None` where it is not whole here.
    pub fn carried_piece(&mut self, hash: &FileHash, from: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.attachment_piece(hash, from, PIECE_BYTES_MAX, &|_| true)
    }

    /// Durably keeps a piece that nobody asked for: one that was carried here in a file, where pieces may
    /// come in any order and more than once.
    pub fn take_carried(&mut self, hash: &FileHash, from: u64, piece: &[u8]) -> Result<Carried, StoreError> {
        let sql = "SELECT MAX(length) FROM attachment WHERE sha256 = ?1";
        let named: Option<u64> = self.query(sql, [hex(hash)], |row| row.get(0))?.into_iter().next().flatten();
        let Some(bytes) = named else { return Ok(Carried::Early) };
        let file = match self.attachments_if_any()? {
            Some(files) => find(files, hash)?,
            None => None,
        };
        match &file {
            Some(file) if file.whole || from + piece.len() as u64 <= file.have => return Ok(Carried::Here),
            Some(file) if from != file.have => return Ok(Carried::Early),
            None if from != 0 => return Ok(Carried::Early),
            None => self.room_for(bytes)?,
            Some(_) => {}
        }
        Ok(match self.keep_piece(hash, from, piece)? {
            Kept::Whole => Carried::Whole,
            Kept::Part => Carried::Part,
            Kept::Wrong => Carried::Wrong,
        })
    }

    /// Durably keeps a piece that came.
    pub(crate) fn keep_piece(
        &mut self,
        hash: &FileHash,
        from: u64,
        piece: &[u8],
    ) -> Result<Kept, StoreError> {
        let named: Option<u64> = self
            .query("SELECT MAX(length) FROM attachment WHERE sha256 = ?1", [hex(hash)], |row| row.get(0))?
            .into_iter()
            .next()
            .flatten();
        let Some(bytes) = named.filter(|bytes| *bytes <= ATTACHMENT_BYTES_MAX as u64) else {
            return Ok(Kept::Wrong);
        };
        let transaction = self.attachments()?.transaction()?;
        transaction.execute(
            "INSERT OR IGNORE INTO file(hash, bytes, have) VALUES (?1, ?2, 0)",
            params![hash, bytes],
        )?;
        let file = find(&transaction, hash)?.expect("it was there or was just inserted");
        let end = from + piece.len() as u64;
        if file.whole || from != file.have || end > file.bytes || piece.is_empty() {
            return Ok(Kept::Wrong);
        }
        put(&transaction, file.file_no, from, piece)?;
        transaction.execute("UPDATE file SET have = ?2 WHERE file_no = ?1", params![file.file_no, end])?;
        let kept = if end < file.bytes {
            Kept::Part
        } else if each_piece(&transaction, file.file_no, |_| Ok(()))? == *hash {
            transaction.execute("UPDATE file SET whole = 1 WHERE file_no = ?1", [file.file_no])?;
            transaction.execute("DELETE FROM wanted WHERE hash = ?1", [hash])?;
            Kept::Whole
        } else {
            // Some peer sent other bytes; which piece was wrong cannot be told, so all of it is asked anew.
            transaction.execute("DELETE FROM file WHERE file_no = ?1", [file.file_no])?;
            Kept::Wrong
        };
        transaction.commit()?;
        Ok(kept)
    }

    /// The spaces of the documents that name a file.
    fn named_in(&self, hash: &FileHash) -> Result<Vec<Space>, StoreError> {
        let rows: Vec<(String, u64)> = self.query(
            "SELECT DISTINCT space.unit, space.channel FROM attachment a JOIN document d ON d.doc_no = a.doc_no
             JOIN space ON space.space_no = d.space_no WHERE a.sha256 = ?1",
            [hex(hash)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        rows.into_iter().map(|(unit, channel)| spaces::parse(&unit, channel)).collect()
    }
}

struct Stand {
    file_no: i64,
    bytes: u64,
    have: u64,
    whole: bool,
}

fn find(files: &Connection, hash: &FileHash) -> Result<Option<Stand>, StoreError> {
    Ok(files
        .prepare_cached("SELECT file_no, bytes, have, whole FROM file WHERE hash = ?1")?
        .query_row([hash], |row| {
            Ok(Stand { file_no: row.get(0)?, bytes: row.get(1)?, have: row.get(2)?, whole: row.get(3)? })
        })
        .optional()?)
}

fn here(files: &Connection, hash: &FileHash) -> Result<u64, StoreError> {
    Ok(find(files, hash)?.map_or(0, |file| file.have))
}

fn is_wanted(files: &Connection, hash: &FileHash) -> Result<bool, StoreError> {
    Ok(files
        .prepare_cached("SELECT EXISTS(SELECT 1 FROM wanted WHERE hash = ?1)")?
        .query_row([hash], |row| row.get(0))?)
}

fn put(files: &Connection, file_no: i64, at: u64, piece: &[u8]) -> Result<(), StoreError> {
    files
        .prepare_cached("INSERT INTO piece(file_no, at, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![file_no, at, piece])?;
    Ok(())
}

/// Gives the pieces of a file in order, and returns the hash of all.
fn each_piece(
    files: &Connection,
    file_no: i64,
    mut take: impl FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<FileHash, StoreError> {
    let mut statement = files.prepare_cached("SELECT bytes FROM piece WHERE file_no = ?1 ORDER BY at")?;
    let mut rows = statement.query([file_no])?;
    let mut sum = Sha256::new();
    while let Some(row) = rows.next()? {
        let piece: Vec<u8> = row.get(0)?;
        sum.update(&piece);
        take(&piece)?;
    }
    Ok(sum.finalize().into())
}

/// A file's hash as documents write it.
pub fn hex(hash: &FileHash) -> String {
    data_encoding::HEXLOWER.encode(hash)
}

/// The hash that a text names.
pub fn parse_hash(text: &str) -> Option<FileHash> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests;
