//! Entries without effect, for whoever has to do something about them: which there are, what each waits for,
//! and trying them again.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use linli_log::{ChangeParts, Entry, Kind, Position, Verdict, fact::Body as _};
use linli_wire::{DocId, EntryHash, LogId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    erasure::Erasures,
    error::StoreError,
    materialise::{Materialised, REBUILD},
    query::{self, EntryInfo, EntryState},
    replica::Replica,
    spaces,
};

/// Entries in a chain that is followed: an attacker may make it as long as they like.
const CHAIN_MAX: usize = 64;

/// Which entry each entry wrote again, for those that did.
pub(crate) const SCHEMA: &str = "
CREATE TABLE again(entry_no INTEGER PRIMARY KEY, original BLOB NOT NULL);
CREATE INDEX again_by_original ON again(original);
";

/// Bytes of the body of an entry that names another: others need not be read.
const NAMES_ANOTHER_BYTES: usize = 34;

/// Remembers that an entry writes another one again.
pub(crate) fn note(connection: &Connection, entry_no: i64, entry: &Entry) -> Result<(), StoreError> {
    let body = &entry.header().body;
    if body.len() < NAMES_ANOTHER_BYTES {
        return Ok(());
    }
    let about = linli_log::fact::Changes::decode(body).ok();
    if let Some(original) = about.and_then(|about| about.again) {
        connection
            .prepare_cached("INSERT INTO again(entry_no, original) VALUES (?1, ?2)")?
            .execute(params![entry_no, original.0])?;
    }
    Ok(())
}

/// An entry without effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldEntry {
    pub info: EntryInfo,
    /// The entry that says the same again and counts, if there is one.
    pub again: Option<EntryHash>,
}

/// Why one entry has no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// For a reason of its own: the one that stands with it.
    Itself,
    /// A grant is not here.
    Grant(EntryHash),
    /// It builds on a change that is in none of the entries here.
    Missing { document: DocId, change: [u8; 32] },
    /// It builds on a change in an entry without effect: the next of the chain.
    Follows { document: DocId, entry: EntryHash },
    /// Another entry has its place: one that counts, under the same actor and number.
    Place { document: DocId, entry: Option<EntryHash> },
    /// The content of a document was left out on the way, and no erasure says why.
    Withheld { document: DocId },
}

/// One entry of a chain, from the one that was asked about to the one that is at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub entry: EntryInfo,
    pub because: Because,
}

impl Replica {
    /// The entries without effect, in the order of the times that their devices gave them.
    pub fn held(&self) -> Result<Vec<HeldEntry>, StoreError> {
        let entries = query::left_out(self.indexed()?)?;
        let with_again = |info: EntryInfo| Ok(HeldEntry { again: self.written_again(&info.hash)?, info });
        entries.into_iter().map(with_again).collect()
    }

    /// The entry that says again what this one says, and counts.
    pub fn written_again(&self, original: &EntryHash) -> Result<Option<EntryHash>, StoreError> {
        Ok(self
            .indexed()?
            .prepare_cached(
                "SELECT entry.hash FROM again JOIN entry USING (entry_no)
                 WHERE again.original = ?1 AND entry.state = 1 ORDER BY entry.hash LIMIT 1",
            )?
            .query_row([original.0], |row| Ok(EntryHash(row.get(0)?)))
            .optional()?)
    }

    /// Why an entry has no effect, from itself to the entry, grant or change at fault. Empty if it has.
    pub fn why(&self, hash: &EntryHash) -> Result<Vec<Link>, StoreError> {
        let mut chain = Vec::new();
        let mut seen = BTreeSet::new();
        let mut next = Some(*hash);
        while let Some(hash) = next.take().filter(|hash| chain.len() < CHAIN_MAX && seen.insert(*hash)) {
            let (entry_no, info) = self.left_out_entry(&hash)?;
            let because = self.because(entry_no, &info)?;
            if let Because::Follows { entry, .. } = because {
                next = Some(entry);
            }
            chain.push(Link { entry: info, because });
        }
        Ok(chain)
    }

    /// Decides every entry without effect again, also those that Automerge or a former program could not
    /// take. What waits for something is released by itself when that arrives: this is for what changed
    /// outside the replica, such as the program.
    pub fn try_again(&mut self) -> Result<Materialised, StoreError> {
        let transaction = self.opened_mut().connection.transaction()?;
        transaction.execute(
            "UPDATE space SET rebuild = ?1 WHERE space_no IN
               (SELECT log.space_no FROM entry JOIN log USING (log_no) WHERE entry.state NOT IN (0, ?2) AND entry.state <> 1)",
            params![REBUILD, EntryState::Erased as i64],
        )?;
        transaction.execute(
            "UPDATE entry SET state = 0, reason = NULL WHERE state = ?1 AND state <> 1",
            [EntryState::Unappliable as i64],
        )?;
        transaction.commit()?;
        self.materialise()
    }

    /// An entry without effect, by its hash.
    pub(crate) fn left_out_entry(&self, hash: &EntryHash) -> Result<(i64, EntryInfo), StoreError> {
        let found: Option<i64> = self
            .indexed()?
            .prepare_cached("SELECT entry_no FROM entry WHERE state <> 1 AND hash = ?1")?
            .query_row([hash.0], |row| row.get(0))
            .optional()?;
        let info = found.map(|entry_no| query::entry_info(self.indexed()?, entry_no)).transpose()?.flatten();
        match (found, info) {
            (Some(entry_no), Some(info)) => Ok((entry_no, info)),
            _ => Err(StoreError::NotHeld(*hash)),
        }
    }

    fn because(&self, entry_no: i64, info: &EntryInfo) -> Result<Because, StoreError> {
        if !matches!(info.state, EntryState::New | EntryState::Pending | EntryState::Repeated) {
            return Ok(Because::Itself);
        }
        let entry = query::entry(self.indexed()?, entry_no)?;
        let kinds: Vec<u64> = entry.header().changes.iter().map(|change| change.kind).collect();
        let at = Position { log: info.log, seq: info.seq, hash: info.hash };
        if let Verdict::Pending(grant) = self.authorise(&at, info.kind, &kinds) {
            return Ok(Because::Grant(grant));
        }
        let Some(space_no) = spaces::find(self.indexed()?, &info.space)? else {
            return Ok(Because::Itself);
        };
        let erasures = Erasures::of(self.indexed()?, space_no)?;
        let left_out = LeftOut::of(self.indexed()?, space_no, &entry)?;
        for (change, chunk) in erasures.live(&entry) {
            let document = change.document;
            let Some(chunk) = chunk else { return Ok(Because::Withheld { document }) };
            let Ok(parts) = ChangeParts::parse(chunk) else { continue };
            let opened = query::document(self.indexed()?, space_no, document)?.map(|(_, opened)| opened);
            let has = |hash: &[u8; 32]| match &opened {
                Some(opened) => opened.document.get_change_meta_by_hash(&ChangeHash(*hash)).is_some(),
                None => is_base(change.kind, hash),
            };
            if let Some(dependency) = parts.deps.iter().find(|hash| !has(hash)) {
                return Ok(match left_out.changes.get(&(document, *dependency)) {
                    Some(found) => Because::Follows { document, entry: found.entry },
                    None => Because::Missing { document, change: *dependency },
                });
            }
            if info.state == EntryState::Repeated
                && let Some(opened) = &opened
                && let Some(meta) = opened.document.get_changes_meta(&[]).into_iter().find(|meta| {
                    meta.actor.to_bytes() == parts.actor && meta.seq == parts.seq && meta.hash.0 != parts.hash
                })
            {
                let origin = opened.origins.of(&meta.hash).map(|origin| origin.entry_no);
                let info = origin.map(|no| query::entry_info(self.indexed()?, no)).transpose()?.flatten();
                return Ok(Because::Place { document, entry: info.map(|info| info.hash) });
            }
        }
        Ok(Because::Itself)
    }
}

/// Whether a change belongs to what every document of a kind begins with.
fn is_base(kind: u64, hash: &[u8; 32]) -> bool {
    linli_model::kind::by_code(kind)
        .is_some_and(|kind| linli_model::base_changes(kind).iter().any(|change| change.hash().0 == *hash))
}

/// A change that has no effect because its entry has none.
pub(crate) struct LeftOutChange {
    pub entry: EntryHash,
    pub log: LogId,
    pub chunk: Vec<u8>,
}

/// What entries without effect say of the documents that one entry changes.
pub(crate) struct LeftOut {
    pub changes: BTreeMap<(DocId, [u8; 32]), LeftOutChange>,
}

impl LeftOut {
    pub fn of(connection: &Connection, space_no: i64, entry: &Entry) -> Result<Self, StoreError> {
        let documents: BTreeSet<DocId> =
            entry.header().changes.iter().map(|change| change.document).collect();
        let mut statement = connection.prepare_cached(
            "SELECT e.entry_no, e.segment_no, e.seq, log.id FROM entry e JOIN log USING (log_no)
             WHERE log.space_no = ?1 AND e.state <> 1 AND e.kind = ?2 ORDER BY e.segment_no, e.entry_no",
        )?;
        let mut rows = statement.query(params![space_no, Kind::Changes.code() as i64])?;
        let mut changes = BTreeMap::new();
        let mut open: Option<(i64, Vec<Entry>)> = None;
        while let Some(row) = rows.next()? {
            let (entry_no, segment_no): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
            let (seq, log): (u64, LogId) = (row.get(2)?, LogId(row.get(3)?));
            let one;
            let other = if let Some(segment_no) = segment_no {
                if open.as_ref().is_none_or(|(no, _)| *no != segment_no) {
                    open = Some((segment_no, query::segment_entries(connection, segment_no)?));
                }
                open.as_ref().and_then(|(_, entries)| entries.iter().find(|e| e.header().seq == seq))
            } else {
                one = query::tail_entry(connection, entry_no)?;
                Some(&one)
            };
            for (change, chunk) in other.into_iter().flat_map(Entry::changes) {
                let Some(chunk) = chunk.filter(|_| documents.contains(&change.document)) else { continue };
                let Ok(parts) = ChangeParts::parse(chunk) else { continue };
                let entry = other.expect("its changes were just read").hash();
                let found = LeftOutChange { entry, log, chunk: chunk.to_vec() };
                changes.insert((change.document, parts.hash), found);
            }
        }
        Ok(Self { changes })
    }
}
