//! Revocations that meet the entries of the revoked on their way, on three hubs, in every order.

use linli_log::{Head, HeldState, Kind, LogHeads, Receipt, ReceiptState, Revoke, Rights};
use linli_sync::Holdings as _;
use linli_wire::{Channel, EntryHash, LogId, TimeMs};

use super::fixture::{
    CITY, COMMUNITY, NOW, STREET, card, copy, digests, everything, in_memory, join, records, root, space,
    tables, write,
};
use crate::{EntryState, Replica};

type Shown = (Vec<String>, Vec<(EntryHash, EntryState)>);

fn shown(replica: &Replica) -> Shown {
    let mut left_out: Vec<_> =
        replica.left_out().expect("read").into_iter().map(|e| (e.hash, e.state)).collect();
    left_out.sort_unstable();
    (tables(replica), left_out)
}

fn heads(replica: &mut Replica) -> Vec<LogHeads> {
    let frontier = replica.frontier(&records()).expect("frontier");
    frontier.0.into_iter().map(|(log, heads): (LogId, Vec<Head>)| LogHeads { log, heads }).collect()
}

/// What is under way: a clerk's entries before, at and after the cut, each in a segment, a street's receipt for
/// them up to after the cut, the street's own revocation and then the city's of street.
struct World {
    root: Replica,
    under_way: Vec<Vec<u8>>,
}

fn world(since_compromise: bool, acknowledged: bool) -> World {
    let mut root = root();
    let mut street = join(&mut root, STREET, Rights::hub());
    let mut clerk = join(&mut street, COMMUNITY, Rights::clerk());
    copy(&mut root, &mut clerk);
    copy(&mut street, &mut root);
    let known = everything(&root);
    let mut cut = Vec::new();
    for (number, address) in [(1, "before"), (2, "at"), (1, "after"), (3, "after")] {
        write(&mut clerk, &[card(number, address)]);
        copy(&mut clerk, &mut street);
        if address == "at" {
            cut = heads(&mut street);
        }
    }
    if acknowledged {
        let state = |heads| ReceiptState { heads, state: HeldState::Held };
        let logs = heads(&mut street).into_iter().map(state).collect();
        let receipt = Receipt { logs, heartbeat: None };
        let oversight = space(COMMUNITY, Channel::Oversight);
        street.write(NOW, |w| w.fact(&oversight, Kind::Receipt, &receipt)).expect("a hub may");
    }
    let device = clerk.identity().device();
    let revoke = Revoke { device, cut, since_compromise, reason: "lost".to_owned() };
    let later = TimeMs(NOW.0 + 1_000);
    street.write(later, |w| w.fact(&space(STREET, Channel::Notices), Kind::Revoke, &revoke)).expect("it may");
    street.seal().expect("seal");
    let mut under_way: Vec<Vec<u8>> = everything(&street);
    under_way.retain(|segment| !known.contains(segment));
    World { root, under_way }
}

/// Stores one segment at a time, and those that came too early again.
fn arrive(replica: &mut Replica, order: &[&Vec<u8>], step_by_step: bool) {
    for _ in 0..order.len() {
        for segment in order {
            replica.store(vec![(*segment).clone()], &|_| true).expect("store");
            if step_by_step {
                replica.materialise().expect("materialise");
            }
        }
    }
    replica.materialise().expect("materialise");
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut orders: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..count {
        let longer = |order: Vec<usize>| {
            (0..count)
                .filter(|at| !order.contains(at))
                .map(|at| [order.clone(), vec![at]].concat())
                .collect::<Vec<_>>()
        };
        orders = orders.into_iter().flat_map(longer).collect();
    }
    orders
}

#[test]
fn a_revocation_and_what_it_is_about_settle_the_same_on_three_hubs_in_every_order() {
    for (since_compromise, acknowledged, lost) in [(false, false, 2), (false, true, 0), (true, true, 2)] {
        let World { mut root, under_way } = world(since_compromise, acknowledged);
        assert!((4..=6).contains(&under_way.len()), "{} segments", under_way.len());
        let mut seen: Option<Shown> = None;
        let mut hubs: Vec<Replica> = Vec::new();
        for (turn, order) in orders(under_way.len()).into_iter().enumerate().step_by(5) {
            let mut replica = in_memory();
            replica.set_realm(root.realm().expect("realm")).expect("set");
            copy(&mut root, &mut replica);
            let arriving: Vec<&Vec<u8>> = order.iter().map(|at| &under_way[*at]).collect();
            arrive(&mut replica, &arriving, turn % 2 == 0);
            let now = shown(&replica);
            assert_eq!(*seen.get_or_insert_with(|| now.clone()), now, "{since_compromise} order {order:?}");
            if hubs.len() < 3 {
                hubs.push(replica);
            }
        }
        // Three hubs that met different parts first, then each other.
        for turn in 0..3 {
            let [from, to] = hubs.get_disjoint_mut([turn, (turn + 1) % 3]).expect("two of them");
            copy(from, to);
            assert_eq!((shown(to), digests(to)), (shown(from), digests(from)));
            to.rebuild().expect("rebuild");
            assert_eq!(Some(shown(to)), seen);
        }
        let (_, left_out) = seen.expect("it ran");
        assert_eq!(left_out.len(), lost, "since compromise {since_compromise}, acknowledged {acknowledged}");
    }
}

#[test]
fn what_a_revocation_would_take_is_told_before_it_is_said() {
    let mut root = root();
    let mut street = join(&mut root, STREET, Rights::hub());
    let mut clerk = join(&mut street, COMMUNITY, Rights::clerk());
    copy(&mut root, &mut clerk);
    write(&mut clerk, &[card(1, "1")]);
    copy(&mut clerk, &mut street);
    let cut = heads(&mut street);
    write(&mut clerk, &[card(2, "2")]);
    copy(&mut clerk, &mut street);
    let notices = space(STREET, Channel::Notices);
    let device = clerk.identity().device();
    let mut revoke = Revoke { device, cut, since_compromise: true, reason: "stolen".to_owned() };
    let before = (shown(&street), digests(&street));
    let told = street.would_lose(&notices, &revoke, NOW).expect("read");
    assert_eq!((shown(&street), digests(&street)), before, "nothing was said yet");
    assert_eq!(told.len(), 1);
    street.write(NOW, |w| w.fact(&notices, Kind::Revoke, &revoke)).expect("it may");
    street.materialise().expect("materialise");
    let lost: Vec<EntryHash> = street.left_out().expect("read").into_iter().map(|e| e.hash).collect();
    assert_eq!(lost, [told[0].hash]);
    // Of a hub it takes what that granted as well.
    copy(&mut street, &mut root);
    revoke = Revoke { device: street.identity().device(), cut: Vec::new(), ..revoke };
    let told = root.would_lose(&space(CITY, Channel::Notices), &revoke, NOW).expect("read");
    assert!(told.iter().any(|entry| entry.device == device), "the clerk's grant stands on the street's word");
    assert!(told.iter().any(|entry| entry.device == street.identity().device()));
}
