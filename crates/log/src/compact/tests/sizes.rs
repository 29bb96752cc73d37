//! How small a year of household cards becomes.

use automerge::Automerge;
use linli_wire::limits::{SEGMENT_FILL_BYTES, SEGMENT_FILL_ENTRIES};

use super::{create_card, edit_card};
use crate::{
    compact::{LEVEL_FAST, LEVEL_SMALL, encode},
    fixture::{TestLog, actor, document},
};

const CARDS: u64 = 100;
const EDITS: u64 = 10;

/// Bytes raw, compact at both levels, of cards each created and edited in one go.
fn measure(cards_first: bool) -> [usize; 3] {
    let mut log = TestLog::begin(1);
    let actor = actor(log.id(), 1);
    let mut cards: Vec<Automerge> = (0..CARDS).map(|_| Automerge::new()).collect();
    let places: Vec<(u64, u64)> = if cards_first {
        (0..=EDITS).flat_map(|round| (0..CARDS).map(move |n| (n, round))).collect()
    } else {
        (0..CARDS).flat_map(|n| (0..=EDITS).map(move |round| (n, round))).collect()
    };
    let mut raw = 0;
    for (n, round) in places {
        let card = &mut cards[n as usize];
        let chunk = match round {
            0 => create_card(card, &actor, n),
            _ => edit_card(card, &actor, n * 100 + round),
        };
        raw += chunk.len();
        log.append_changes(vec![(document(n), chunk)]);
    }
    let (mut from, mut bytes, mut sizes) = (0, 0, [raw, 0, 0]);
    for to in 1..=log.entries.len() {
        bytes += log.entries[to - 1].len_bytes();
        let full = bytes > SEGMENT_FILL_BYTES || to - from == SEGMENT_FILL_ENTRIES;
        if full || to == log.entries.len() {
            let segment = log.seal(from..to);
            sizes[1] += encode(&segment, LEVEL_FAST).len();
            sizes[2] += encode(&segment, LEVEL_SMALL).len();
            (from, bytes) = (to, 0);
        }
    }
    sizes
}

/// Run with `--nocapture` to see the numbers.
#[test]
#[expect(clippy::print_stderr, reason = "the sizes are what the test is for")]
fn cards_become_a_fifth_of_what_automerge_writes() {
    for cards_first in [false, true] {
        let changes = (CARDS * (EDITS + 1)) as usize;
        let [raw, fast, small] = measure(cards_first);
        eprintln!(
            "{changes} changes, {}: raw {raw} ({} a change), level {LEVEL_FAST} {fast} ({}), level {LEVEL_SMALL} {small} ({})",
            if cards_first { "round by round" } else { "card by card" },
            raw / changes,
            fast / changes,
            small / changes,
        );
        assert!(fast * 5 < raw, "{fast} of {raw}");
        assert!(small <= fast);
    }
}
