//! Writing: one entry over several documents of a space, with its rows, in one transaction.

use std::collections::BTreeSet;

use automerge::{ActorId, Automerge, ChangeHash, ReadDoc as _, transaction::CommitOptions};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use linli_log::{
    Draft, DraftChange, Entry, Head, Kind as EntryKind, LogWriter, Position, Trust, Verdict,
    change::row_key,
    fact::{Body, Changes, Genesis},
    vet::is_salt,
};
use linli_model::{Edit, Kind, apply, with_keys};
use linli_wire::{DocId, EntryHash, LogId, Space, TimeMs, limits::ENTRY_CHANGES_MAX};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    ancestry::Stored,
    erasure,
    error::StoreError,
    identity::Identity,
    ingest::{self, LogRow},
    materialise::{self, Made},
    place::{self, Place},
    query::{self, EntryState, Origins},
    recorded, spaces,
};

/// Edits to one document.
#[derive(Debug, Clone)]
pub struct DocumentEdits {
    pub id: DocId,
    pub kind: &'static Kind,
    pub edits: Vec<Edit>,
}

/// Writing within one database transaction: everything in it is stored, or nothing.
pub struct Writing<'r> {
    pub(crate) connection: &'r Connection,
    /// Where randomness comes from.
    pub(crate) place: Option<&'r dyn Place>,
    pub(crate) identity: &'r Identity,
    pub(crate) trust: &'r mut Trust,
    /// Drawn when the database was opened; a part of every actor id.
    pub(crate) incarnation: [u8; 6],
    pub(crate) now: TimeMs,
    /// Own logs that were left behind because the database is older than what was sent from here.
    pub(crate) abandoned: &'r BTreeSet<LogId>,
}

impl Writing<'_> {
    /// Writes one entry that changes documents of `space`. Documents that the edits leave as they
    /// are stay out of it; `None` when that is all of them.
    pub fn edit(
        &mut self,
        space: &Space,
        documents: &[DocumentEdits],
        about: Changes,
    ) -> Result<Option<EntryHash>, StoreError> {
        let space_no = spaces::number(self.connection, space)?;
        let (row, mut writer) = self.own_log(space, EntryKind::Changes, documents)?;
        let mut changes = Vec::new();
        let mut written = Vec::new();
        for edits in documents {
            let Some((doc_no, document, origins, draft)) = self.change(space, space_no, row.log, edits)?
            else {
                continue;
            };
            written.push((edits, doc_no, document, origins, change_hash(&draft.chunk)));
            changes.push(draft);
        }
        if changes.is_empty() {
            return Ok(None);
        }
        let draft = Draft { kind: EntryKind::Changes, body: about.encode(), changes };
        let entry = writer.append(draft, self.now)?;
        let entry_no = self.put_open(&row, &entry)?;
        let level = materialise::level_of(self.trust, &row.log);
        for (edits, doc_no, document, mut origins, hash) in written {
            origins.push(&hash, entry_no, self.now, level);
            let (id, code) = (edits.id, u64::from(edits.kind.code));
            let made = Made::of(space, id, doc_no, code, document, &origins);
            materialise::write(self.connection, space_no, space, made)?;
        }
        Ok(Some(entry.hash()))
    }

    /// Writes one fact: a grant, a revocation, a receipt, an access …
    pub fn fact(
        &mut self,
        space: &Space,
        kind: EntryKind,
        body: &impl Body,
    ) -> Result<EntryHash, StoreError> {
        let (row, mut writer) = self.own_log(space, kind, &[])?;
        let entry = writer.append(Draft::fact(kind, body), self.now)?;
        self.put_open(&row, &entry)?;
        match kind {
            EntryKind::Erase => drop(erasure::settle(self.connection)?),
            EntryKind::Receipt => recorded::settle(self.connection, self.trust, &entry)?,
            _ => {}
        }
        Ok(entry.hash())
    }

    /// Begins the realm: its log, with this device's key as the root.
    pub fn begin_realm(&mut self, genesis: &Genesis) -> Result<LogId, StoreError> {
        let row = self.begin_log(genesis)?;
        Ok(row.log)
    }

    /// Begins the log of a root key that the former one handed over to.
    pub fn begin_root_log(&mut self, genesis: &Genesis) -> Result<LogId, StoreError> {
        let row = self.begin_log(genesis)?;
        Ok(row.log)
    }

    /// This device's log in a space and where it ends, begun if there is none. Refuses what the
    /// device's grants do not allow, before anything is written.
    fn own_log(
        &mut self,
        space: &Space,
        kind: EntryKind,
        documents: &[DocumentEdits],
    ) -> Result<(OwnLog, LogWriter), StoreError> {
        let kinds: Vec<u64> = documents.iter().map(|d| u64::from(d.kind.code)).collect();
        let mut refused = None;
        for log in self.own_logs(space)? {
            let head = log.head;
            let next = Position { log: log.log, seq: head.seq + 1, hash: EntryHash([0; 32]) };
            match self.trust.authorise(&next, kind, &kinds, &Stored(self.connection)) {
                Verdict::Authorised => {
                    let writer = LogWriter::resume(log.log, head);
                    return Ok((log, writer));
                }
                Verdict::Refused(reason) => refused = Some(reason),
                Verdict::Pending(_) => {}
            }
        }
        // A grant that this device has no log under in the space yet.
        let device = self.identity.device();
        let grants: Vec<EntryHash> = self.trust.grants_of(device).map(|(hash, _)| *hash).collect();
        for grant in grants {
            match self.trust.may_begin(&grant, space, kind, &kinds) {
                Ok(()) => {
                    let mut incarnation = [0; 16];
                    place::fill_random(self.place, &mut incarnation)?;
                    let genesis =
                        Genesis { device, space: space.clone(), grant: Some(grant), incarnation, root: None };
                    let log = self.begin_log(&genesis)?;
                    let writer = LogWriter::resume(log.log, log.head);
                    return Ok((log, writer));
                }
                Err(reason) => refused = refused.or(Some(reason)),
            }
        }
        Err(match refused {
            Some(reason) => StoreError::NotAllowed { space: space.clone(), reason },
            None => StoreError::NoGrant(space.clone()),
        })
    }

    fn begin_log(&mut self, genesis: &Genesis) -> Result<OwnLog, StoreError> {
        let (writer, entry) = LogWriter::begin(genesis, self.now)?;
        let LogRow { log_no, .. } = ingest::insert_log(self.connection, writer.log(), genesis, true)?;
        self.connection
            .prepare_cached(
                "INSERT INTO branch(log_no, branch, last_seq, last_hash) VALUES (?1, 0, -1, x'')",
            )?
            .execute([log_no])?;
        let row = OwnLog { log_no, log: writer.log(), branch: 0, head: writer.head() };
        self.put_open(&row, &entry)?;
        // A new log stands under a grant that trust knows, so its stance is known at once.
        self.trust.add_origin(writer.log(), genesis);
        self.connection
            .prepare_cached("UPDATE log SET stance = ?2 WHERE log_no = ?1")?
            .execute(params![log_no, self.trust.stance(&writer.log())])?;
        Ok(row)
    }

    /// This device's logs in a space that it may still write to, the newest first.
    fn own_logs(&self, space: &Space) -> Result<Vec<OwnLog>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT log.log_no, log.id FROM log JOIN space USING (space_no)
             WHERE log.own = 1 AND log.returned = 0 AND space.unit = ?1 AND space.channel = ?2
             ORDER BY log.log_no DESC",
        )?;
        let rows = statement.query_map(params![space.unit.as_str(), space.channel.code()], |row| {
            Ok((row.get::<_, i64>(0)?, LogId(row.get(1)?)))
        })?;
        let mut last_entry = self.connection.prepare_cached(
            "SELECT branch, seq, hash FROM entry WHERE log_no = ?1 ORDER BY seq DESC, entry_no DESC LIMIT 1",
        )?;
        let mut logs = Vec::new();
        for row in rows {
            let (log_no, log) = row?;
            // A log that forked, or that a later state of this machine went on with, is left as it is.
            if self.abandoned.contains(&log) || self.has_forked(log_no)? {
                continue;
            }
            let last = last_entry
                .query_row([log_no], |row| {
                    let head = Head { seq: row.get(1)?, hash: EntryHash(row.get(2)?) };
                    Ok(OwnLog { log_no, log, branch: row.get(0)?, head })
                })
                .optional()?;
            logs.extend(last);
        }
        Ok(logs)
    }

    fn has_forked(&self, log_no: i64) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM branch WHERE log_no = ?1 AND branch > 0)")?
            .query_row([log_no], |row| row.get(0))?)
    }

    fn put_open(&self, log: &OwnLog, entry: &Entry) -> Result<i64, StoreError> {
        let state = EntryState::Applied;
        let entry_no = ingest::insert_entry(self.connection, log.log_no, log.branch, None, entry, state)?;
        self.connection
            .prepare_cached("INSERT INTO tail(entry_no, header, payloads) VALUES (?1, ?2, ?3)")?
            .execute(params![entry_no, entry.header_bytes(), ingest::encode_payloads(entry)])?;
        ingest::note_fact(self.connection, entry_no, entry)?;
        Ok(entry_no)
    }

    /// Makes the change to one document; `None` where the edits change nothing.
    #[allow(clippy::type_complexity, reason = "the parts of one row, used in one place")]
    fn change(
        &self,
        space: &Space,
        space_no: i64,
        log: LogId,
        edits: &DocumentEdits,
    ) -> Result<Option<(Option<i64>, Automerge, Origins, DraftChange)>, StoreError> {
        let code = u64::from(edits.kind.code);
        if erasure::is_erased(self.connection, space_no, edits.id)? {
            return Err(StoreError::Erased(edits.id));
        }
        let (doc_no, mut document, origins) = match query::document(self.connection, space_no, edits.id)? {
            Some((_, opened)) if opened.kind != code => return Err(StoreError::OtherKind(edits.id)),
            Some((doc_no, opened)) => (Some(doc_no), opened.document, opened.origins),
            None => (None, linli_model::new_document(edits.kind), Origins::default()),
        };
        let actor = self.actor(log);
        let before = document.get_changes_meta(&[]);
        let seq = before.iter().filter(|meta| *meta.actor == actor).count() as u64 + 1;
        let salted = before.iter().any(|meta| meta.message.as_deref().is_some_and(is_salt));
        let named =
            with_keys(&edits.edits, |nth| HEXLOWER.encode(&row_key(edits.id, actor.to_bytes(), seq, nth)));
        document.set_actor(actor);
        let mut transaction = document.transaction();
        let changed = apply(&mut transaction, edits.kind, &named)
            .map_err(Box::new)
            .map_err(|source| StoreError::Edit { document: edits.id, space: space.clone(), source })?;
        if changed == 0 {
            transaction.rollback();
            return Ok(None);
        }
        let mut options = CommitOptions::default().with_time(0);
        if !salted {
            let mut salt = [0; 16];
            place::fill_random(self.place, &mut salt)?;
            options = options.with_message(BASE64URL_NOPAD.encode(&salt));
        }
        let (hash, _) = transaction.commit_with(options);
        let chunk = hash.and_then(|hash| chunk_of(&document, hash));
        let Some(chunk) = chunk else { return Ok(None) };
        let draft =
            DraftChange { document: edits.id, kind: code, schema: u64::from(edits.kind.schema), chunk };
        Ok(Some((doc_no, document, origins, draft)))
    }

    fn actor(&self, log: LogId) -> ActorId {
        let mut actor = [0; 16];
        actor[..10].copy_from_slice(&log.0[..10]);
        actor[10..].copy_from_slice(&self.incarnation);
        ActorId::from(actor)
    }

    /// Splits documents into lists that fit one entry each.
    pub fn fitting(documents: Vec<DocumentEdits>) -> Vec<Vec<DocumentEdits>> {
        let mut lists = Vec::new();
        let mut documents = documents.into_iter().peekable();
        while documents.peek().is_some() {
            lists.push(documents.by_ref().take(ENTRY_CHANGES_MAX).collect());
        }
        lists
    }
}

/// One of this device's own logs and its last entry.
#[derive(Debug, Clone)]
struct OwnLog {
    log_no: i64,
    log: LogId,
    branch: i64,
    head: Head,
}

fn chunk_of(document: &Automerge, hash: ChangeHash) -> Option<Vec<u8>> {
    document.get_change_by_hash(&hash).map(|change| change.raw_bytes().to_vec())
}

// The tail is short, the index is not: which is gone through is not left to be chosen.

/// The logs that have open entries.
pub(crate) const OPEN_LOGS: &str = "SELECT DISTINCT log.log_no, log.id, log.space_no
    FROM tail CROSS JOIN entry USING (entry_no) JOIN log USING (log_no)";
/// The open entries of a log.
pub(crate) const OPEN_ENTRIES: &str =
    "SELECT entry_no FROM tail CROSS JOIN entry USING (entry_no) WHERE log_no = ?1 ORDER BY seq";

/// Seals the open entries of this device, so that they may leave it. Returns the spaces that grew.
pub(crate) fn seal_open(
    connection: &Connection,
    identity: &Identity,
    level: i32,
) -> Result<Vec<(LogId, Head)>, StoreError> {
    let mut statement = connection.prepare_cached(OPEN_LOGS)?;
    let logs = statement
        .query_map([], |row| Ok((row.get::<_, i64>(0)?, LogId(row.get(1)?), row.get::<_, i64>(2)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut sealed = Vec::new();
    for (log_no, log, space_no) in logs {
        let row = LogRow { log_no, space_no, device: identity.device() };
        let mut run = Run::default();
        for entry_no in open_entries(connection, log_no)? {
            let entry = query::tail_entry(connection, entry_no)?;
            if run.is_full(&entry) {
                sealed.push((log, run.seal(connection, identity, &row, log, level)?));
            }
            run.push(entry_no, entry);
        }
        if !run.entries.is_empty() {
            sealed.push((log, run.seal(connection, identity, &row, log, level)?));
        }
    }
    Ok(sealed)
}

fn open_entries(connection: &Connection, log_no: i64) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(OPEN_ENTRIES)?;
    Ok(statement.query_map([log_no], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Entries on their way into one segment.
#[derive(Default)]
struct Run {
    entries: Vec<Entry>,
    numbers: Vec<i64>,
    len_bytes: usize,
}

impl Run {
    fn is_full(&self, next: &Entry) -> bool {
        use linli_wire::limits::{SEGMENT_FILL_BYTES, SEGMENT_FILL_ENTRIES};
        // A seal vouches for a chain: what does not follow begins a run of its own.
        let follows = self.entries.last().is_none_or(|last| next.header().parent == Some(last.hash()));
        !self.entries.is_empty()
            && (!follows
                || self.entries.len() >= SEGMENT_FILL_ENTRIES
                || self.len_bytes + next.len_bytes() > SEGMENT_FILL_BYTES)
    }

    fn push(&mut self, entry_no: i64, entry: Entry) {
        self.len_bytes += entry.len_bytes();
        self.entries.push(entry);
        self.numbers.push(entry_no);
    }

    fn seal(
        &mut self,
        connection: &Connection,
        identity: &Identity,
        row: &LogRow,
        log: LogId,
        level: i32,
    ) -> Result<Head, StoreError> {
        let run = std::mem::take(self);
        let first_seq = run.entries[0].header().seq;
        let segment = linli_log::author::seal_segment(&identity.secret(), log, run.entries)
            .expect("a run that is sealed has entries");
        let last = segment.entries.last().expect("a run that is sealed has entries");
        let head = Head { seq: last.header().seq, hash: last.hash() };
        let bytes = linli_log::compact::encode(&segment, level);
        let segment_no = ingest::insert_segment(connection, row.log_no, first_seq, head.seq, &bytes)?;
        for entry_no in &run.numbers {
            connection
                .prepare_cached("UPDATE entry SET segment_no = ?2 WHERE entry_no = ?1")?
                .execute(params![entry_no, segment_no])?;
            connection.prepare_cached("DELETE FROM tail WHERE entry_no = ?1")?.execute([entry_no])?;
        }
        let branch: Option<i64> = connection
            .prepare_cached("SELECT branch FROM entry WHERE log_no = ?1 AND seq = ?2 AND hash = ?3")?
            .query_row(params![row.log_no, head.seq, head.hash.0], |r| r.get(0))
            .optional()?;
        ingest::advance(connection, row, branch.unwrap_or(0), head)?;
        Ok(head)
    }
}

/// The hash of a chunk that Automerge just made.
fn change_hash(chunk: &[u8]) -> [u8; 32] {
    linli_log::ChangeParts::parse(chunk).expect("Automerge writes what it defines").hash
}
