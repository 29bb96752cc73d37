//! The day on which something counts as recorded: a device's clock cannot date it back.

use linli_log::{Head, HeldState, Kind, LogHeads, Receipt, ReceiptState, Revoke, Rights, fact::Changes};
use linli_sync::Holdings as _;
use linli_wire::{Channel, LogId, TimeMs};

use super::fixture::{
    CITY, COMMUNITY, NOW, STREET, card, copy, digests, everything, in_memory, join, records, root, space,
    tables,
};
use crate::{BACKDATED_DAYS, DocumentEdits, Replica};

const DAY_MS: i64 = 86_400_000;

fn days_before(days: i64) -> TimeMs {
    TimeMs(NOW.0 - days * DAY_MS)
}

fn write_at(replica: &mut Replica, time: TimeMs, documents: &[DocumentEdits]) {
    replica.write(time, |w| w.edit(&records(), documents, Changes::default())).expect("it may");
}

/// A hub's receipt for all that it holds of the community's records, on a day.
fn receipt(hub: &mut Replica, time: TimeMs) {
    let frontier = hub.frontier(&records()).expect("frontier");
    let state = |(log, heads): (LogId, Vec<Head>)| ReceiptState {
        heads: LogHeads { log, heads },
        state: HeldState::Held,
    };
    let receipt = Receipt { logs: frontier.0.into_iter().map(state).collect(), heartbeat: None };
    hub.write(time, |w| w.fact(&space(COMMUNITY, Channel::Oversight), Kind::Receipt, &receipt))
        .expect("a hub may give receipts");
}

/// The days before now on which the cards count as recorded.
fn recorded(replica: &Replica) -> Vec<i64> {
    let today = NOW.day_number();
    replica
        .query("SELECT recorded_n FROM household ORDER BY card_no", [], |row| row.get::<_, i64>(0))
        .expect("rows")
        .into_iter()
        .map(|day| today - day)
        .collect()
}

/// A city, its hub, a street's hub, and a clerk; the hubs know all grants.
fn hubs() -> (Replica, Replica, Replica, Replica) {
    let mut root = root();
    let mut city = join(&mut root, CITY, Rights::hub());
    let mut street = join(&mut root, STREET, Rights::hub());
    let mut clerk = join(&mut street, COMMUNITY, Rights::clerk());
    copy(&mut street, &mut city);
    copy(&mut root, &mut clerk);
    (root, city, street, clerk)
}

#[test]
fn what_came_more_than_a_month_after_its_date_counts_from_the_first_receipt() {
    let (_, _, mut street, mut clerk) = hubs();
    write_at(&mut clerk, days_before(200), &[card(1, "1")]);
    write_at(&mut clerk, days_before(BACKDATED_DAYS), &[card(2, "2")]);
    write_at(&mut clerk, NOW, &[card(3, "3")]);
    copy(&mut clerk, &mut street);
    assert_eq!(recorded(&street), [200, BACKDATED_DAYS, 0], "nobody said yet when it came");
    receipt(&mut street, NOW);
    assert_eq!(recorded(&street), [0, BACKDATED_DAYS, 0]);
    // An honest device that was heard of in time keeps its date for good.
    write_at(&mut clerk, NOW, &[card(4, "4")]);
    copy(&mut clerk, &mut street);
    receipt(&mut street, TimeMs(NOW.0 + DAY_MS));
    receipt(&mut street, TimeMs(NOW.0 + 400 * DAY_MS));
    assert_eq!(recorded(&street), [0, BACKDATED_DAYS, 0, 0]);
    let before = tables(&street);
    street.rebuild().expect("rebuild");
    assert_eq!(tables(&street), before);
    copy(&mut street, &mut clerk);
    assert_eq!(tables(&clerk), before, "the device that wrote it sees the same");
}

#[test]
fn the_day_is_the_same_whatever_came_first() {
    let (mut root, mut city, mut street, mut clerk) = hubs();
    write_at(&mut clerk, days_before(200), &[card(1, "1")]);
    copy(&mut clerk, &mut street);
    copy(&mut clerk, &mut city);
    // The city was told late; the street had it a hundred days ago.
    receipt(&mut street, days_before(100));
    receipt(&mut city, NOW);
    let mut all = everything_of(&mut street);
    all.extend(everything_of(&mut city));
    all.sort();
    all.dedup();
    let mut seen: Option<(Vec<String>, Vec<i64>)> = None;
    for turn in 0..all.len() {
        for step_by_step in [true, false] {
            let mut replica = in_memory();
            replica.set_realm(root.realm().expect("realm")).expect("set");
            copy(&mut root, &mut replica);
            let mut order = all.clone();
            order.rotate_left(turn);
            // Twice, as a log's beginning may come after what follows it.
            for segment in order.iter().chain(&order) {
                replica.store(vec![segment.clone()], &|_| true).expect("store");
                if step_by_step {
                    replica.materialise().expect("materialise");
                }
            }
            replica.materialise().expect("materialise");
            let now = (tables(&replica), recorded(&replica));
            assert_eq!(*seen.get_or_insert_with(|| now.clone()), now, "turn {turn}");
            assert_eq!(digests(&replica).len(), 4);
            replica.rebuild().expect("rebuild");
            assert_eq!(seen, Some((tables(&replica), recorded(&replica))));
        }
    }
    assert_eq!(seen.map(|(_, days)| days), Some(vec![100]), "the first receipt counts");
}

#[test]
fn a_receipt_of_a_hub_that_lost_its_word_dates_nothing() {
    let (mut root, _, mut street, mut clerk) = hubs();
    write_at(&mut clerk, days_before(200), &[card(1, "1")]);
    copy(&mut clerk, &mut street);
    receipt(&mut street, days_before(10));
    copy(&mut street, &mut root);
    assert_eq!(recorded(&root), [10]);
    let device = street.identity().device();
    let oversight = root.frontier(&space(COMMUNITY, Channel::Oversight)).expect("frontier");
    let mut cut: Vec<LogHeads> = Vec::new();
    let notices = root.frontier(&space(STREET, Channel::Notices)).expect("frontier");
    cut.extend(notices.0.into_iter().map(|(log, heads)| LogHeads { log, heads }));
    assert!(!oversight.0.is_empty(), "the receipt is here, and the cut leaves it out");
    let revoke = Revoke { device, cut, since_compromise: true, reason: "stolen".to_owned() };
    root.write(NOW, |w| w.fact(&space(CITY, Channel::Notices), Kind::Revoke, &revoke)).expect("the root may");
    root.materialise().expect("materialise");
    assert_eq!(recorded(&root), [200]);
}

fn everything_of(replica: &mut Replica) -> Vec<Vec<u8>> {
    replica.seal().expect("seal");
    everything(replica)
}
