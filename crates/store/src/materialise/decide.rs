//! Which of the entries count.

use std::collections::{BTreeMap, BTreeSet};

use automerge::Automerge;
use linli_log::{ChangeParts, DocumentGraph, Kind, Position, Trust, Verdict, VetError, vet::VettedChange};
use linli_model::kind;
use linli_wire::DocId;
use rusqlite::{Connection, params};

use super::{Candidate, changes_documents};
use crate::{
    ancestry::Stored,
    error::StoreError,
    query::{self, EntryState, Origins},
};

/// A document with the changes that will be applied to it.
pub(super) struct Touched {
    pub doc_no: Option<i64>,
    pub kind: u64,
    pub document: Automerge,
    pub origins: Origins,
    /// (the entry's place among the candidates, the change), in the order in which they apply.
    pub changes: Vec<(usize, VettedChange)>,
}

/// What was decided about a batch.
pub(super) struct Decided {
    pub candidates: Vec<Candidate>,
    pub states: BTreeMap<i64, (EntryState, Option<String>)>,
    pub documents: BTreeMap<DocId, Touched>,
    /// An entry lost to a repeated change with a lower hash after it had been applied.
    pub repeated_found: bool,
}

enum Outcome {
    Apply(Vec<VettedChange>),
    Wait(String),
    Out(EntryState, String),
}

/// Goes over the candidates until none of those left can be decided.
pub(super) fn decide(
    connection: &Connection,
    trust: &Trust,
    space_no: i64,
    candidates: Vec<Candidate>,
) -> Result<Decided, StoreError> {
    let documents = open_documents(connection, space_no, &candidates)?;
    let mut states: BTreeMap<i64, (EntryState, Option<String>)> = BTreeMap::new();
    let mut changes: BTreeMap<DocId, Vec<(usize, VettedChange)>> = BTreeMap::new();
    let mut repeated_found = false;
    {
        let mut graphs: BTreeMap<DocId, DocumentGraph<'_>> =
            documents.iter().map(|(id, touched)| (*id, DocumentGraph::of(&touched.document))).collect();
        let mut open: Vec<usize> = (0..candidates.len()).collect();
        loop {
            let before = open.len();
            let mut waiting = Vec::new();
            for at in open {
                let candidate = &candidates[at];
                match look(connection, trust, candidate, &documents, &graphs) {
                    Outcome::Apply(vetted) => {
                        let ids = candidate.entry.header().changes.iter().map(|c| c.document);
                        for (id, vetted) in ids.zip(vetted) {
                            graphs.get_mut(&id).expect("its graph was asked above").add(&vetted);
                            changes.entry(id).or_default().push((at, vetted));
                        }
                        states.insert(candidate.entry_no, (EntryState::Applied, None));
                    }
                    Outcome::Wait(why) => {
                        states.insert(candidate.entry_no, (EntryState::Pending, Some(why)));
                        waiting.push(at);
                    }
                    Outcome::Out(EntryState::Repeated, why) => {
                        let gives_way = twin_to_give_way(connection, &candidates, at, &documents, &changes)?;
                        match gives_way {
                            Some(entry_no) => {
                                let why = "another entry with the same actor and number counts";
                                set_state(connection, entry_no, EntryState::Repeated, why)?;
                                states.remove(&entry_no);
                                states.insert(candidate.entry_no, (EntryState::New, None));
                                repeated_found = true;
                            }
                            None => {
                                states.insert(candidate.entry_no, (EntryState::Repeated, Some(why)));
                            }
                        }
                    }
                    Outcome::Out(state, why) => {
                        states.insert(candidate.entry_no, (state, Some(why)));
                    }
                }
            }
            if waiting.len() == before || waiting.is_empty() {
                break;
            }
            open = waiting;
        }
    }
    let mut documents = documents;
    for (id, changes) in changes {
        documents.get_mut(&id).expect("every changed document was opened").changes = changes;
    }
    documents.retain(|_, touched| !touched.changes.is_empty());
    Ok(Decided { candidates, states, documents, repeated_found })
}

fn open_documents(
    connection: &Connection,
    space_no: i64,
    candidates: &[Candidate],
) -> Result<BTreeMap<DocId, Touched>, StoreError> {
    let mut wanted: BTreeMap<DocId, u64> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for candidate in candidates.iter().filter(|c| changes_documents(&c.entry)) {
        for change in &candidate.entry.header().changes {
            if seen.insert((change.document, change.kind)) {
                wanted.entry(change.document).or_insert(change.kind);
            }
        }
    }
    let mut documents = BTreeMap::new();
    for (id, code) in wanted {
        let touched = if let Some((doc_no, opened)) = query::document(connection, space_no, id)? {
            Touched {
                doc_no: Some(doc_no),
                kind: opened.kind,
                document: opened.document,
                origins: opened.origins,
                changes: Vec::new(),
            }
        } else {
            let Some(kind) = kind::by_code(code) else { continue };
            Touched {
                doc_no: None,
                kind: code,
                document: linli_model::new_document(kind),
                origins: Origins::default(),
                changes: Vec::new(),
            }
        };
        documents.insert(id, touched);
    }
    Ok(documents)
}

/// What can be said of one entry now.
fn look(
    connection: &Connection,
    trust: &Trust,
    candidate: &Candidate,
    documents: &BTreeMap<DocId, Touched>,
    graphs: &BTreeMap<DocId, DocumentGraph<'_>>,
) -> Outcome {
    let entry = &candidate.entry;
    let header = entry.header();
    let at = Position { log: candidate.log, seq: header.seq, hash: entry.hash() };
    let kinds: Vec<u64> = header.changes.iter().map(|c| c.kind).collect();
    match trust.authorise(&at, header.kind, &kinds, &Stored(connection)) {
        Verdict::Authorised => {}
        Verdict::Pending(grant) => return Outcome::Wait(format!("grant {grant} is not here yet")),
        Verdict::Refused(refusal) => return Outcome::Out(EntryState::Refused, refusal.to_string()),
    }
    if let Kind::Unknown(code) = header.kind {
        return Outcome::Out(
            EntryState::NeedsVersion,
            format!("entries of kind {code} need a newer version"),
        );
    }
    if !changes_documents(entry) {
        return Outcome::Apply(Vec::new());
    }
    let mut vetted = Vec::with_capacity(header.changes.len());
    for (change, chunk) in entry.changes() {
        let Some(known) = kind::by_code(change.kind) else {
            let why = format!("documents of kind {} need a newer version", change.kind);
            return Outcome::Out(EntryState::NeedsVersion, why);
        };
        if change.schema > u64::from(known.schema) {
            let why = format!("version {} of {} needs a newer version", change.schema, known.name);
            return Outcome::Out(EntryState::NeedsVersion, why);
        }
        let Some(chunk) = chunk else {
            return Outcome::Out(EntryState::Erased, "its content was erased".to_owned());
        };
        let (Some(touched), Some(graph)) = (documents.get(&change.document), graphs.get(&change.document))
        else {
            return Outcome::Out(EntryState::NeedsVersion, "its documents need a newer version".to_owned());
        };
        if touched.kind != change.kind {
            let why = format!("document {} is of another kind", change.document);
            return Outcome::Out(EntryState::Quarantined, why);
        }
        match graph.vet(candidate.log, chunk) {
            Ok(change) => vetted.push(change),
            Err(error) if error.is_pending() => return Outcome::Wait(error.to_string()),
            Err(error @ VetError::Repeated(_)) => {
                return Outcome::Out(EntryState::Repeated, error.to_string());
            }
            Err(error) => return Outcome::Out(EntryState::Quarantined, error.to_string()),
        }
    }
    Outcome::Apply(vetted)
}

/// Two entries carry different changes under one actor and sequence number: the lower entry hash
/// counts. Returns the entry that counted so far, where it has to give way to this candidate.
fn twin_to_give_way(
    connection: &Connection,
    candidates: &[Candidate],
    at: usize,
    documents: &BTreeMap<DocId, Touched>,
    changes: &BTreeMap<DocId, Vec<(usize, VettedChange)>>,
) -> Result<Option<i64>, StoreError> {
    let candidate = &candidates[at];
    for (change, chunk) in candidate.entry.changes() {
        let Some(parts) = chunk.and_then(|c| ChangeParts::parse(c).ok()) else { continue };
        let Some(touched) = documents.get(&change.document) else { continue };
        let in_batch = changes.get(&change.document).into_iter().flatten().find(|(_, vetted)| {
            vetted.change.actor_id().to_bytes() == parts.actor
                && vetted.change.seq() == parts.seq
                && vetted.hash != parts.hash
        });
        let twin = if let Some((other, _)) = in_batch {
            (candidates[*other].entry_no, candidates[*other].entry.hash().0)
        } else {
            let meta = touched.document.get_changes_meta(&[]).into_iter().find(|meta| {
                meta.actor.to_bytes() == parts.actor && meta.seq == parts.seq && meta.hash.0 != parts.hash
            });
            let Some(origin) = meta.and_then(|meta| touched.origins.of(&meta.hash).copied()) else {
                continue;
            };
            let hash = connection
                .prepare_cached("SELECT hash FROM entry WHERE entry_no = ?1")?
                .query_row([origin.entry_no], |row| row.get(0))?;
            (origin.entry_no, hash)
        };
        if candidate.entry.hash().0 < twin.1 {
            return Ok(Some(twin.0));
        }
    }
    Ok(None)
}

fn set_state(connection: &Connection, entry_no: i64, state: EntryState, why: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE entry SET state = ?2, reason = ?3 WHERE entry_no = ?1")?
        .execute(params![entry_no, state as i64, why])?;
    Ok(())
}
