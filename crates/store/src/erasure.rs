//! Erasure: taking a document's content out of every segment, and keeping it out.
//!
//! An erasure is an entry that names a document. While it counts, no change to that document has an
//! effect, whatever order things came in, and its content is not kept: each chunk gives way to its digest, so
//! chains and seals still verify. Other documents of the same entries are left as they are. What is gone
//! stays gone, also where the erasure stops counting later.

use std::collections::{BTreeMap, BTreeSet};

use linli_log::{ChangeHeader, Entry, Erase, Kind, RawSegment, compact, fact::Body as _};
use linli_wire::{DocId, EntryHash, Space};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    error::StoreError,
    ingest, kept,
    materialise::{self, REBUILD},
    query::{self, EntryInfo},
    spaces, unindexed,
};

/// Why an entry that carried nothing but erased documents has no effect.
pub(crate) const REASON: &str = "its content was erased";

/// The setting that says that the database file still has what was erased in places that are free.
const SCOUR_DUE: &str = "scour_due";
/// Bytes that overwrite free pages at a time.
const SCOUR_BYTES: i64 = 1 << 20;
/// Bytes of a page of the database, as SQLCipher sets them.
const PAGE_BYTES: i64 = 4096;

/// An erasure that this replica holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Where the document stood, or stands.
    pub space: Space,
    pub document: DocId,
    /// The document that stands in its place, in the space of the erasure itself.
    pub residue: Option<DocId>,
    pub reason: String,
    /// Whether it has its effect; else its entry says why not. Content that is gone stays gone.
    pub counts: bool,
    pub entry: EntryInfo,
}

/// The documents of one space that erasures name.
#[derive(Debug, Default)]
pub(crate) struct Erasures(BTreeMap<DocId, bool>);

impl Erasures {
    pub fn of(connection: &Connection, space_no: i64) -> Result<Self, StoreError> {
        let mut statement = connection.prepare_cached(
            "SELECT document, MAX(counts) FROM erase WHERE space_no = ?1 GROUP BY document",
        )?;
        let rows = statement.query_map([space_no], |row| Ok((DocId(row.get(0)?), row.get(1)?)))?;
        Ok(Self(rows.collect::<Result<_, _>>()?))
    }

    /// Whether nothing in the space is to be erased.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an erasure of this document counts.
    pub fn count(&self, document: &DocId) -> bool {
        self.0.get(document).copied().unwrap_or(false)
    }

    /// The changes of an entry that can have an effect. A change whose content is gone is left out as soon
    /// as any erasure of its document is here, whatever becomes of that; without one, its entry waits.
    pub fn live<'e>(
        &'e self,
        entry: &'e Entry,
    ) -> impl Iterator<Item = (&'e ChangeHeader, Option<&'e [u8]>)> {
        entry.changes().filter(|(change, chunk)| match self.0.get(&change.document) {
            Some(counts) => chunk.is_some() && !counts,
            None => true,
        })
    }

    /// The segment as it is kept; `None` where nothing has to go.
    pub fn strip(&self, segment: &RawSegment) -> Option<RawSegment> {
        if self.0.is_empty() {
            return None;
        }
        segment.without(&|document| self.count(document))
    }
}

/// Remembers an erasure. Whether it counts is decided with its entry.
pub(crate) fn note(connection: &Connection, entry_no: i64, entry: &Entry) -> Result<(), StoreError> {
    let Ok(erase) = Erase::decode(&entry.header().body) else { return Ok(()) };
    let stands_in: i64 = connection
        .prepare_cached("SELECT space_no FROM log WHERE id = ?1")?
        .query_row([entry.log().0], |row| row.get(0))?;
    let Some(target) = erase.target(&spaces::by_number(connection, stands_in)?) else { return Ok(()) };
    let space_no = spaces::number(connection, &target)?;
    connection
        .prepare_cached("INSERT INTO erase(entry_no, space_no, document, residue) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![entry_no, space_no, erase.document.0, erase.residue.map(|residue| residue.0)])?;
    // Entries whose content is gone may have waited for it.
    connection.prepare_cached(materialise::TRY_PENDING)?.execute([space_no])?;
    Ok(())
}

/// Carries out the erasures whose verdict changed; returns the documents that went.
pub(crate) fn settle(connection: &Connection) -> Result<usize, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT erase.entry_no, erase.space_no, erase.document, entry.state = 1
         FROM erase JOIN entry USING (entry_no)
         WHERE entry.state <> 0 AND erase.counts <> (entry.state = 1)",
    )?;
    let changed = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, DocId(row.get(2)?), row.get(3)?)))?
        .collect::<Result<Vec<(i64, i64, DocId, bool)>, _>>()?;
    if !changed.is_empty() {
        // What is taken out has its entries in the index.
        unindexed::settle(connection)?;
    }
    let mut by_space: BTreeMap<i64, BTreeSet<DocId>> = BTreeMap::new();
    for (entry_no, space_no, document, counts) in changed {
        connection
            .prepare_cached("UPDATE erase SET counts = ?2 WHERE entry_no = ?1")?
            .execute(params![entry_no, counts])?;
        by_space.entry(space_no).or_default().insert(document);
    }
    let mut erased = 0;
    for (space_no, documents) in by_space {
        let erasures = Erasures::of(connection, space_no)?;
        let (gone, back): (BTreeSet<DocId>, BTreeSet<DocId>) =
            documents.iter().partition(|document| erasures.count(document));
        if !gone.is_empty() {
            take_out(connection, space_no, &erasures, &gone)?;
        }
        if !back.is_empty() {
            redo(connection, space_no)?;
        }
        for document in &documents {
            show_residues(connection, space_no, *document)?;
        }
        erased += gone.len();
    }
    Ok(erased)
}

/// Replaces every stored chunk of these documents by its digest, and forgets the documents.
fn take_out(
    connection: &Connection,
    space_no: i64,
    erasures: &Erasures,
    gone: &BTreeSet<DocId>,
) -> Result<(), StoreError> {
    connection.execute("INSERT OR REPLACE INTO meta(name, value) VALUES (?1, x'01')", [SCOUR_DUE])?;
    let mut touched = Vec::new();
    let mut note = |entry: &Entry| {
        if entry.header().changes.iter().any(|change| gone.contains(&change.document)) {
            touched.push((entry.log(), entry.hash(), erasures.live(entry).next().is_none()));
        }
    };
    for segment_no in segments_of(connection, space_no)? {
        let segment = compact::decode(&query::segment_bytes(connection, segment_no)?)?;
        segment.entries.iter().for_each(&mut note);
        if let Some(stripped) = erasures.strip(&segment) {
            connection
                .prepare_cached("UPDATE segment SET bytes = ?2 WHERE segment_no = ?1")?
                .execute(params![segment_no, compact::encode(&stripped, compact::LEVEL_FAST)])?;
        }
    }
    for entry_no in open_entries_of(connection, space_no)? {
        let entry = query::tail_entry(connection, entry_no)?;
        note(&entry);
        if let Some(stripped) = entry.without(&|document| erasures.count(document)) {
            connection
                .prepare_cached("UPDATE tail SET payloads = ?2 WHERE entry_no = ?1")?
                .execute(params![entry_no, ingest::encode_payloads(&stripped)])?;
        }
    }
    for document in gone {
        let found: Option<(i64, u64)> = connection
            .prepare_cached("SELECT doc_no, kind FROM document WHERE space_no = ?1 AND id = ?2")?
            .query_row(params![space_no, document.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((doc_no, kind)) = found else { continue };
        kept::changed(connection, space_no)?;
        materialise::delete_rows(connection, doc_no, kind)?;
        connection.prepare_cached("DELETE FROM document WHERE doc_no = ?1")?.execute([doc_no])?;
    }
    settle_entries(connection, space_no, &touched)
}

/// What becomes of the entries that changed an erased document: (log, entry, nothing else is in it).
fn settle_entries(
    connection: &Connection,
    space_no: i64,
    touched: &[(linli_wire::LogId, EntryHash, bool)],
) -> Result<(), StoreError> {
    for (log, hash, empty) in touched {
        // Where nothing was left out, what remains of the entries goes on having its effect.
        connection
            .prepare_cached(
                "UPDATE entry SET state = CASE WHEN state = 8 THEN 0 ELSE 7 END, reason = ?4
                 WHERE log_no = (SELECT log_no FROM log WHERE id = ?1) AND hash = ?2
                 AND (state = 8 OR (state = 1 AND ?3))",
            )?
            .execute(params![log.0, hash.0, empty, REASON])?;
    }
    let contested: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM space WHERE space_no = ?1 AND contested <> 0)
             OR EXISTS (SELECT 1 FROM entry JOIN log USING (log_no)
                        WHERE log.space_no = ?1 AND entry.state NOT IN (3, 7) AND entry.state <> 1)",
        )?
        .query_row([space_no], |row| row.get(0))?;
    if contested { redo(connection, space_no) } else { Ok(()) }
}

fn redo(connection: &Connection, space_no: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE space SET rebuild = ?2 WHERE space_no = ?1")?
        .execute(params![space_no, REBUILD])?;
    Ok(())
}

/// Projects the residues of a document again: which of them stands depends on which erasures count.
fn show_residues(connection: &Connection, space_no: i64, document: DocId) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT log.space_no, erase.residue FROM erase JOIN entry USING (entry_no) JOIN log USING (log_no)
         WHERE erase.space_no = ?1 AND erase.document = ?2 AND erase.residue IS NOT NULL",
    )?;
    let residues = statement
        .query_map(params![space_no, document.0], |row| Ok((row.get(0)?, DocId(row.get(1)?))))?
        .collect::<Result<Vec<(i64, DocId)>, _>>()?;
    for (stands_in, residue) in residues {
        materialise::project_again(connection, stands_in, residue)?;
    }
    Ok(())
}

/// The document in whose place a residue stands; `None` while it stands in nobody's. Of several residues
/// of one document, that of the counting erasure with the lowest entry hash stands.
pub(crate) fn stands_for(
    connection: &Connection,
    space_no: i64,
    residue: DocId,
) -> Result<Option<DocId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT mine.document FROM erase mine JOIN entry e ON e.entry_no = mine.entry_no JOIN log ON log.log_no = e.log_no
         WHERE log.space_no = ?1 AND mine.residue = ?2 AND mine.counts = 1 AND NOT EXISTS (
           SELECT 1 FROM erase other JOIN entry o ON o.entry_no = other.entry_no
           WHERE other.space_no = mine.space_no AND other.document = mine.document
             AND other.residue IS NOT NULL AND other.counts = 1 AND o.hash < e.hash)
         ORDER BY mine.document LIMIT 1",
    )?;
    Ok(statement.query_row(params![space_no, residue.0], |row| Ok(DocId(row.get(0)?))).optional()?)
}

/// Whether a document was erased, so that nothing written to it has an effect.
pub(crate) fn is_erased(connection: &Connection, space_no: i64, document: DocId) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM erase WHERE space_no = ?1 AND document = ?2 AND counts = 1)",
        )?
        .query_row(params![space_no, document.0], |row| row.get(0))?)
}

/// Every erasure that is here, in the order in which they came.
pub(crate) fn list(connection: &Connection) -> Result<Vec<Erasure>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT entry_no, space_no, document, residue, counts FROM erase ORDER BY entry_no",
    )?;
    let rows = statement
        .query_map([], |row| {
            let residue: Option<[u8; 16]> = row.get(3)?;
            Ok((row.get(0)?, row.get(1)?, DocId(row.get(2)?), residue.map(DocId), row.get(4)?))
        })?
        .collect::<Result<Vec<(i64, i64, DocId, Option<DocId>, bool)>, _>>()?;
    let mut list = Vec::with_capacity(rows.len());
    for (entry_no, space_no, document, residue, counts) in rows {
        let body = query::entry(connection, entry_no)?;
        let reason = Erase::decode(&body.header().body).map(|erase| erase.reason).unwrap_or_default();
        let Some(entry) = query::entry_info(connection, entry_no)? else { continue };
        let space = spaces::by_number(connection, space_no)?;
        list.push(Erasure { space, document, residue, reason, counts, entry });
    }
    Ok(list)
}

/// Whether an entry is an erasure.
pub(crate) fn is_erasure(entry: &Entry) -> bool {
    entry.header().kind == Kind::Erase
}

/// Overwrites what erasing left in the file: pages that are free now, and the write-ahead log. Content
/// within pages that are still used was overwritten when it went (`secure_delete`). A reader that looks at
/// an older state delays it to the next time.
pub(crate) fn scour(connection: &mut Connection) -> Result<(), StoreError> {
    let free: i64 = connection.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
    let transaction = connection.transaction()?;
    transaction.execute_batch("CREATE TABLE IF NOT EXISTS scour(bytes BLOB)")?;
    for _ in 0..=(free * PAGE_BYTES).div_euclid(SCOUR_BYTES) {
        transaction.execute("INSERT INTO scour VALUES (zeroblob(?1))", [SCOUR_BYTES])?;
    }
    transaction.commit()?;
    // In a transaction of its own: what is written and dropped in one never reaches the file.
    connection.execute_batch("DROP TABLE scour")?;
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if !busy {
        connection.execute("DELETE FROM meta WHERE name = ?1", [SCOUR_DUE])?;
    }
    Ok(())
}

/// Whether something was erased and what is left of it has still to be overwritten.
pub(crate) fn scour_due(connection: &Connection) -> Result<bool, StoreError> {
    let due = "SELECT EXISTS (SELECT 1 FROM meta WHERE name = ?1)";
    Ok(connection.prepare_cached(due)?.query_row([SCOUR_DUE], |row| row.get(0))?)
}

fn segments_of(connection: &Connection, space_no: i64) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT segment_no FROM segment JOIN log USING (log_no) WHERE log.space_no = ?1 ORDER BY segment_no",
    )?;
    Ok(statement.query_map([space_no], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn open_entries_of(connection: &Connection, space_no: i64) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT entry_no FROM tail CROSS JOIN entry USING (entry_no) JOIN log USING (log_no)
         WHERE log.space_no = ?1 ORDER BY entry_no",
    )?;
    Ok(statement.query_map([space_no], |row| row.get(0))?.collect::<Result<_, _>>()?)
}
