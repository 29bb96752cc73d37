//! Automerge by itself: its sync protocol in memory, and the cost of applying, saving and reading documents.

use std::time::Instant;

use anyhow::Context as _;
use automerge::{
    Automerge, Change, SaveOptions,
    sync::{State, SyncDoc as _},
};

use crate::workload::Card;

/// Bytes of the sync protocol's messages, for one who has everything and one who has nothing, and then for two
/// who have the same.
pub fn sync_bytes(cards: &[Card]) -> anyhow::Result<(u64, u64)> {
    let (mut cold, mut idle) = (0, 0);
    for card in cards {
        let (mut ours, mut theirs) = (card.document(), Automerge::new());
        cold += exchange(&mut ours, &mut theirs)?;
        anyhow::ensure!(ours.get_heads() == theirs.get_heads(), "the two differ after a sync");
        idle += exchange(&mut ours, &mut theirs)?;
    }
    Ok((cold, idle))
}

fn exchange(ours: &mut Automerge, theirs: &mut Automerge) -> anyhow::Result<u64> {
    let (mut our_state, mut their_state) = (State::new(), State::new());
    let mut bytes = 0;
    loop {
        let out = ours.generate_sync_message(&mut our_state);
        let back = theirs.generate_sync_message(&mut their_state);
        if out.is_none() && back.is_none() {
            return Ok(bytes);
        }
        if let Some(message) = out {
            bytes += message.clone().encode().len() as u64;
            theirs.receive_sync_message(&mut their_state, message)?;
        }
        if let Some(message) = back {
            bytes += message.clone().encode().len() as u64;
            ours.receive_sync_message(&mut our_state, message)?;
        }
    }
}

/// Seconds to read raw changes, apply them in one call a document, save it and read it out, on all cores.
pub fn apply_s(cards: &[Card]) -> anyhow::Result<f64> {
    let raw: Vec<Vec<Vec<u8>>> =
        cards.iter().map(|card| card.written().iter().map(|c| c.raw_bytes().to_vec()).collect()).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let base = linli_model::new_document(&linli_model::kind::HOUSEHOLD);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let parts = raw.chunks(raw.len().div_ceil(threads));
        let working: Vec<_> = parts
            .map(|part| {
                scope.spawn(|| part.iter().try_fold(0, |sum, raw| Ok(sum + apply(base.clone(), raw)?)))
            })
            .collect();
        working
            .into_iter()
            .try_for_each(|working| working.join().expect("Automerge takes what it wrote").map(|_: usize| ()))
    })
    .map(|()| begun.elapsed().as_secs_f64())
}

fn apply(mut document: Automerge, raw: &[Vec<u8>]) -> anyhow::Result<usize> {
    let changes = raw.iter().map(|raw| Change::from_bytes(raw.clone()).context("a change"));
    document.apply_changes(changes.collect::<anyhow::Result<Vec<_>>>()?)?;
    let saved = document.save_with_options(SaveOptions { deflate: false, retain_orphans: false });
    let read = document.hydrate(None);
    Ok(saved.len() + usize::from(matches!(read, automerge::hydrate::Value::Map(_))))
}
