//! Writing a held entry again: the same edits, on what counts now, by this device.
//!
//! The entry that was left out stays as it is, as evidence; the new one names it. What the entry changed is
//! found by making the document as its writer had it, from changes that count and from those that were left
//! out with it, and comparing it before and after.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, ChangeHash};
use linli_log::{
    ChangeHeader, ChangeParts, DocumentGraph, Entry, Kind,
    fact::{Body as _, Changes},
};
use linli_model::kind;
use linli_wire::{DocId, EntryHash, LogId, TimeMs};

use crate::{
    erasure::Erasures,
    error::StoreError,
    held::LeftOut,
    materialise,
    query::{self, EntryState},
    replica::Replica,
    spaces,
    write::DocumentEdits,
};

/// Changes without effect on which one change may build to be written again.
const LEFT_OUT_BELOW_MAX: usize = 1024;

impl Replica {
    /// Writes an entry without effect again, and returns the new entry; `None` where all that it said is so
    /// already.
    pub fn reauthor(&mut self, original: &EntryHash, now: TimeMs) -> Result<Option<EntryHash>, StoreError> {
        let (entry_no, info) = self.left_out_entry(original)?;
        let refuse = |why: &str| StoreError::NotReauthored { entry: *original, why: why.to_owned() };
        if info.kind != Kind::Changes {
            return Err(refuse("it changes no documents; whoever may say it says it anew"));
        }
        match info.state {
            EntryState::Pending | EntryState::Refused | EntryState::Repeated => {}
            EntryState::Erased => return Err(refuse("its content was erased")),
            EntryState::NeedsVersion => return Err(refuse("this program does not know all that is in it")),
            _ => return Err(refuse("it is not a sound change; enter what it was meant to say")),
        }
        if let Some(again) = self.written_again(original)? {
            return Err(StoreError::WrittenAgain { entry: *original, again });
        }
        let entry = query::entry(self.indexed()?, entry_no)?;
        let about = Changes::decode(&entry.header().body).unwrap_or_default();
        let documents = self.said_by(&entry, info.log)?;
        let about = Changes { import: about.import, again: Some(*original) };
        self.write(now, |writing| writing.edit(&info.space, &documents, about))
    }

    /// The edits that an entry without effect made.
    fn said_by(&self, entry: &Entry, log: LogId) -> Result<Vec<DocumentEdits>, StoreError> {
        let origin = self.trust().origin(&log).ok_or(StoreError::NotHeld(entry.hash()))?;
        let Some(space_no) = spaces::find(self.indexed()?, &origin.space)? else {
            return Err(StoreError::NotHeld(entry.hash()));
        };
        let erasures = Erasures::of(self.indexed()?, space_no)?;
        let left_out = LeftOut::of(self.indexed()?, space_no, entry)?;
        erasures
            .live(entry)
            .map(|(change, chunk)| {
                let refuse = |why: String| StoreError::NotReauthored { entry: entry.hash(), why };
                let Some(chunk) = chunk else {
                    return Err(refuse(format!("the content of document {} is not here", change.document)));
                };
                let opened = query::document(self.indexed()?, space_no, change.document)?;
                let clean = match opened.map(|(_, opened)| opened) {
                    Some(opened) if opened.kind != change.kind => {
                        return Err(StoreError::OtherKind(change.document));
                    }
                    opened => opened.map(|opened| opened.document),
                };
                said(change, chunk, log, clean.as_ref(), &left_out).map_err(refuse)
            })
            .collect()
    }
}

/// The edits of one change, or why they cannot be told.
fn said(
    change: &ChangeHeader,
    chunk: &[u8],
    log: LogId,
    clean: Option<&Automerge>,
    left_out: &LeftOut,
) -> Result<DocumentEdits, String> {
    let id = change.document;
    let kind = kind::by_code(change.kind).ok_or("this program does not know that kind of document")?;
    let begun = linli_model::new_document(kind);
    let clean = clean.unwrap_or(&begun);
    let parts = ChangeParts::parse(chunk).map_err(|error| error.to_string())?;
    let Below { heads, mut others } = below(id, &parts, clean, left_out)?;
    // As the writer had it. A twin that counts is no part of it.
    let mut document = if heads.is_empty() {
        begun
    } else {
        let heads: Vec<ChangeHash> = heads.into_iter().map(ChangeHash).collect();
        clean.fork_at(&heads).map_err(|error| error.to_string())?
    };
    while !others.is_empty() {
        let before = others.len();
        for (hash, (log, chunk)) in std::mem::take(&mut others) {
            match step(&document, log, chunk)? {
                Some(next) => document = next,
                None => {
                    others.insert(hash, (log, chunk));
                }
            }
        }
        if others.len() == before {
            return Err("the changes that it builds on do not follow from each other".to_owned());
        }
    }
    let after = step(&document, log, chunk)?.ok_or("a change that it builds on is not here")?;
    Ok(DocumentEdits { id, kind, edits: linli_model::between(kind, &document, &after) })
}

/// What a change builds on.
struct Below<'l> {
    /// The last of the changes that count.
    heads: BTreeSet<[u8; 32]>,
    /// All of those without effect.
    others: BTreeMap<[u8; 32], (LogId, &'l [u8])>,
}

fn below<'l>(
    id: DocId,
    parts: &ChangeParts<'_>,
    clean: &Automerge,
    left_out: &'l LeftOut,
) -> Result<Below<'l>, String> {
    let mut below = Below { heads: BTreeSet::new(), others: BTreeMap::new() };
    let mut open = parts.deps.clone();
    while let Some(hash) = open.pop() {
        if clean.get_change_meta_by_hash(&ChangeHash(hash)).is_some() {
            below.heads.insert(hash);
            continue;
        }
        let found = left_out.changes.get(&(id, hash));
        let found = found.ok_or("a change that it builds on is not here; it can wait for that")?;
        if below.others.insert(hash, (found.log, &found.chunk)).is_none() {
            open.extend(ChangeParts::parse(&found.chunk).map_err(|error| error.to_string())?.deps);
        }
        if below.others.len() > LEFT_OUT_BELOW_MAX {
            return Err(
                "it builds on too many changes without effect; write the first of them again".to_owned()
            );
        }
    }
    Ok(below)
}

/// The document with one more change, if all that this builds on is in it.
fn step(document: &Automerge, log: LogId, chunk: &[u8]) -> Result<Option<Automerge>, String> {
    match DocumentGraph::of(document).vet(log, chunk) {
        Ok(vetted) => materialise::guarded(document.clone(), vec![vetted.change]).map(Some),
        Err(error) if error.is_pending() => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}
