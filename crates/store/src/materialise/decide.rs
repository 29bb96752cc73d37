//! Which of the entries count.

use std::collections::BTreeMap;

use automerge::Automerge;
use linli_log::{DocumentGraph, Kind, Position, Trust, Verdict, VetError, vet::VettedChange};
use linli_model::kind;
use linli_wire::DocId;
use rusqlite::Connection;

use super::{Candidate, changes_documents};
use crate::{
    ancestry::Stored,
    erasure::{self, Erasures},
    error::StoreError,
    query::{self, EntryState, OpenedDocument, Origins, StoredDocument},
};

/// A document with the changes that will be applied to it.
pub(super) struct Touched {
    pub doc_no: Option<i64>,
    pub kind: u64,
    pub base: Base,
    pub document: Automerge,
    pub origins: Origins,
    /// (the entry's place among the candidates, the change), in the order in which they apply.
    pub changes: Vec<(usize, VettedChange)>,
}

/// What a document is without the changes.
pub(super) enum Base {
    New(&'static kind::Kind),
    Stored(Vec<u8>),
}

impl Base {
    pub fn open(&self) -> Result<Automerge, StoreError> {
        match self {
            Self::New(kind) => Ok(linli_model::new_document(kind)),
            Self::Stored(bytes) => query::load_document(bytes),
        }
    }
}

/// What becomes of an entry, by its place among the candidates.
type States = BTreeMap<usize, (EntryState, Option<String>)>;

/// A batch that is ready to be decided.
pub(super) struct Begun {
    /// What is decided of it already.
    pub states: States,
    pub erasures: Erasures,
    /// Nothing bears on what becomes of one group but itself.
    pub groups: Vec<Group>,
}

enum Outcome {
    Apply(Vec<VettedChange>),
    Wait(String),
    Out(EntryState, String),
    Contested(EntryState, String),
}

/// A document as one kind: until an entry counts, two may claim one id for different kinds.
type Claim = (DocId, u64);

/// Entries that share documents, be it through others. Nothing else bears on what becomes of them.
#[derive(Default)]
pub(super) struct Group {
    /// Their places among the candidates, in order.
    entries: Vec<usize>,
    /// What they claim, and what is here of it.
    claims: BTreeMap<Claim, Option<StoredDocument>>,
}

/// What was decided about a group.
pub(super) struct Settled {
    pub states: States,
    pub documents: Vec<(DocId, Touched)>,
    /// Two entries that count want the same place: what counts depends on the order in which they
    /// are decided, so the whole space is to be decided in the one order that everybody can repeat.
    pub contested: bool,
}

/// Decides what can be without looking at documents, and parts the rest.
pub(super) fn begin(
    connection: &Connection,
    trust: &Trust,
    space_no: i64,
    candidates: &[Candidate],
) -> Result<Begun, StoreError> {
    let erasures = Erasures::of(connection, space_no)?;
    let (mut states, mut open) = (States::new(), Vec::new());
    // What may not be written is out before any document is looked at: it decides about nothing.
    for (at, candidate) in candidates.iter().enumerate() {
        match admit(connection, trust, &erasures, candidate) {
            None => open.push(at),
            Some(outcome) => {
                states.insert(at, outcome);
            }
        }
    }
    let groups = groups(connection, space_no, candidates, &erasures, &open)?;
    Ok(Begun { states, erasures, groups })
}

/// Goes over the entries of a group, in their order, until none of those left can be decided.
pub(super) fn settle(
    candidates: &[Candidate],
    erasures: &Erasures,
    group: Group,
) -> Result<Settled, StoreError> {
    let mut opened = open_documents(group.claims)?;
    let mut owners: BTreeMap<DocId, u64> =
        opened.iter().filter(|(_, t)| t.doc_no.is_some()).map(|((id, kind), _)| (*id, *kind)).collect();
    let mut states = BTreeMap::new();
    let mut changes: BTreeMap<DocId, Vec<(usize, VettedChange)>> = BTreeMap::new();
    let mut contested = false;
    {
        let mut open = group.entries;
        let mut graphs: BTreeMap<Claim, DocumentGraph<'_>> =
            opened.iter().map(|(claim, touched)| (*claim, DocumentGraph::of(&touched.document))).collect();
        loop {
            let before = open.len();
            let mut waiting = Vec::new();
            for at in open {
                let candidate = &candidates[at];
                let outcome = match vet(candidate, erasures, &owners, &graphs) {
                    Outcome::Apply(vetted) => {
                        for ((header, _), vetted) in erasures.live(&candidate.entry).zip(vetted) {
                            let graph = graphs.get_mut(&(header.document, header.kind));
                            graph.expect("it was asked when the change was vetted").add(&vetted);
                            owners.insert(header.document, header.kind);
                            changes.entry(header.document).or_default().push((at, vetted));
                        }
                        (EntryState::Applied, None)
                    }
                    Outcome::Wait(why) => {
                        waiting.push(at);
                        (EntryState::Pending, Some(why))
                    }
                    Outcome::Out(state, why) => (state, Some(why)),
                    Outcome::Contested(state, why) => {
                        contested = true;
                        (state, Some(why))
                    }
                };
                states.insert(at, outcome);
            }
            if waiting.len() == before || waiting.is_empty() {
                break;
            }
            open = waiting;
        }
    }
    let documents = changes
        .into_iter()
        .map(|(id, changes)| {
            let touched = opened.remove(&(id, owners[&id])).expect("every changed document was opened");
            (id, Touched { changes, ..touched })
        })
        .collect();
    Ok(Settled { states, documents, contested })
}

/// Parts the open entries so that no document is in two groups, and looks up what is here of each document.
fn groups(
    connection: &Connection,
    space_no: i64,
    candidates: &[Candidate],
    erasures: &Erasures,
    open: &[usize],
) -> Result<Vec<Group>, StoreError> {
    let mut parts = Parts::default();
    for at in open {
        parts.join(erasures.live(&candidates[*at].entry).map(|(change, _)| change.document));
    }
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    for at in open {
        let mut part = None;
        for (change, _) in erasures.live(&candidates[*at].entry) {
            let number = parts.of(&change.document);
            part = Some(number);
            let group = groups.entry(number).or_default();
            group.claims.entry((change.document, change.kind)).or_default();
        }
        // An entry without a change has its effect by itself.
        let part = part.unwrap_or_else(|| parts.alone());
        groups.entry(part).or_default().entries.push(*at);
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    for ((id, _), stored) in groups.iter_mut().flat_map(|group| &mut group.claims) {
        *stored = query::stored_document(connection, space_no, *id)?;
    }
    Ok(groups)
}

/// Documents in parts that grow together.
#[derive(Default)]
struct Parts {
    numbers: BTreeMap<DocId, usize>,
    /// For each number the part that it grew into; itself where it is one.
    into: Vec<usize>,
}

impl Parts {
    fn join(&mut self, documents: impl Iterator<Item = DocId>) {
        let mut first = None;
        for document in documents {
            let number = if let Some(number) = self.numbers.get(&document) {
                self.root(*number)
            } else {
                let number = self.alone();
                self.numbers.insert(document, number);
                number
            };
            let first = *first.get_or_insert(number);
            let first = self.root(first);
            self.into[number] = first;
        }
    }

    /// A part with nothing in it.
    fn alone(&mut self) -> usize {
        self.into.push(self.into.len());
        self.into.len() - 1
    }

    fn of(&mut self, document: &DocId) -> usize {
        self.root(self.numbers[document])
    }

    fn root(&mut self, mut number: usize) -> usize {
        while self.into[number] != number {
            self.into[number] = self.into[self.into[number]];
            number = self.into[number];
        }
        number
    }
}

/// Whether an entry is to be looked at further; else what becomes of it, whatever the documents are.
fn admit(
    connection: &Connection,
    trust: &Trust,
    erasures: &Erasures,
    candidate: &Candidate,
) -> Option<(EntryState, Option<String>)> {
    let header = candidate.entry.header();
    let at = Position { log: candidate.log, seq: header.seq, hash: candidate.entry.hash() };
    let kinds: Vec<u64> = header.changes.iter().map(|c| c.kind).collect();
    let out = |state, why: String| Some((state, Some(why)));
    match trust.authorise(&at, header.kind, &kinds, &Stored(connection)) {
        Verdict::Authorised => {}
        Verdict::Pending(grant) => return out(EntryState::Pending, format!("grant {grant} is not here yet")),
        Verdict::Refused(refusal) => return out(EntryState::Refused, refusal.to_string()),
    }
    if let Kind::Unknown(code) = header.kind {
        return out(EntryState::NeedsVersion, format!("entries of kind {code} need a newer version"));
    }
    if !changes_documents(&candidate.entry) {
        return Some((EntryState::Applied, None));
    }
    for (change, chunk) in erasures.live(&candidate.entry) {
        let Some(known) = kind::by_code(change.kind) else {
            return out(
                EntryState::NeedsVersion,
                format!("documents of kind {} need a newer version", change.kind),
            );
        };
        if change.schema > u64::from(known.schema) {
            let why = format!("version {} of {} needs a newer version", change.schema, known.name);
            return out(EntryState::NeedsVersion, why);
        }
        if chunk.is_none() {
            let why = format!("the content of document {} is not here, nor its erasure", change.document);
            return out(EntryState::Pending, why);
        }
    }
    let nothing_left = !header.changes.is_empty() && erasures.live(&candidate.entry).next().is_none();
    nothing_left.then(|| (EntryState::Erased, Some(erasure::REASON.to_owned())))
}

/// The documents of a group: those that are here, and new ones of every kind claimed.
fn open_documents(
    claims: BTreeMap<Claim, Option<StoredDocument>>,
) -> Result<BTreeMap<Claim, Touched>, StoreError> {
    let mut opened = BTreeMap::new();
    for ((id, code), stored) in claims {
        let touched = if let Some(stored) = stored {
            let doc_no = Some(stored.doc_no);
            let (OpenedDocument { kind, document, origins }, bytes) = (stored.open()?, stored.bytes);
            Touched { doc_no, kind, base: Base::Stored(bytes), document, origins, changes: Vec::new() }
        } else {
            let Some(kind) = kind::by_code(code) else { continue };
            let (base, document) = (Base::New(kind), linli_model::new_document(kind));
            let origins = Origins::default();
            Touched { doc_no: None, kind: code, base, document, origins, changes: Vec::new() }
        };
        opened.insert((id, touched.kind), touched);
    }
    Ok(opened)
}

/// What can be said of one admitted entry now. It counts whole or not at all.
fn vet(
    candidate: &Candidate,
    erasures: &Erasures,
    owners: &BTreeMap<DocId, u64>,
    graphs: &BTreeMap<Claim, DocumentGraph<'_>>,
) -> Outcome {
    let mut vetted = Vec::with_capacity(candidate.entry.header().changes.len());
    let mut contested = None;
    for (change, chunk) in erasures.live(&candidate.entry) {
        if owners.get(&change.document).is_some_and(|kind| *kind != change.kind) {
            let why = format!("document {} is of another kind", change.document);
            contested = Some(Outcome::Contested(EntryState::Quarantined, why));
            continue;
        }
        let graph = graphs.get(&(change.document, change.kind)).expect("every claim was opened");
        match graph.vet(candidate.log, chunk.expect("an entry without its content is not admitted")) {
            Ok(change) => vetted.push(change),
            Err(error) if error.is_pending() => return Outcome::Wait(error.to_string()),
            Err(error @ VetError::Repeated(_)) => {
                contested = Some(Outcome::Contested(EntryState::Repeated, error.to_string()));
            }
            Err(error) => return Outcome::Out(EntryState::Quarantined, error.to_string()),
        }
    }
    contested.unwrap_or(Outcome::Apply(vetted))
}
