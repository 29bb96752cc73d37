//! Who may write where, and what happens when that changes.

use linli_log::{Kind, LogHeads, Refusal, Revoke, Rights, fact::Changes};
use linli_sync::Holdings as _;
use linli_wire::Channel;

use super::fixture::{
    CITY, COMMUNITY, NOW, OTHER, STREET, card, community, copy, everything, in_memory, join, phones, records,
    root, space, tables, write,
};
use crate::{EntryState, StoreError, Stored};

#[test]
fn a_device_cannot_write_outside_its_unit() {
    let (_, mut clerk) = community();
    for (path, channel) in
        [(OTHER, Channel::Records), (COMMUNITY, Channel::Oversight), (STREET, Channel::Notices)]
    {
        let target = space(path, channel);
        let refused = clerk.write(NOW, |w| w.edit(&target, &[card(1, "1")], Changes::default()));
        assert!(
            matches!(refused, Err(StoreError::NotAllowed { reason: Refusal::WrongSpace { .. }, .. })),
            "{target}"
        );
    }
    assert_eq!(clerk.logs().expect("logs").iter().filter(|l| l.own).count(), 0, "no log was begun");
}

#[test]
fn spaces_that_are_not_shared_and_other_realms_are_declined() {
    let (mut here, mut clerk) = community();
    write(&mut clerk, &[card(1, "1")]);
    clerk.seal().expect("seal");
    let segments = clerk.segments(&records()).expect("segments");
    let stored = here.store(segments, &|space| *space != records()).expect("store");
    assert!(matches!(&stored[0], Stored::Declined { reason, .. } if reason.contains("not shared here")));
    let declined =
        |s: &Stored| matches!(s, Stored::Declined { reason, .. } if reason.contains("another realm"));
    assert!(copy(&mut root(), &mut here).iter().all(declined));
    assert_eq!(phones(&here), Vec::<String>::new());
}

#[test]
fn entries_wait_for_the_grant_that_they_need() {
    let mut city = root();
    let mut street = join(&mut city, STREET, Rights::hub());
    let mut clerk = join(&mut street, COMMUNITY, Rights::clerk());
    write(&mut clerk, &[card(1, "1")]);
    clerk.seal().expect("seal");
    // The city gets the community's records before it has heard of the grant.
    let stored = city.store(clerk.segments(&records()).expect("segments"), &|_| true).expect("store");
    assert!(matches!(stored[0], Stored::New { .. }));
    city.materialise().expect("materialise");
    assert_eq!(phones(&city), Vec::<String>::new());
    assert!(city.left_out().expect("read").iter().all(|e| e.state == EntryState::Pending));
    copy(&mut street, &mut city);
    assert_eq!(phones(&city), ["1"]);
    assert_eq!(city.left_out().expect("read"), []);
}

#[test]
fn what_was_written_after_a_revocation_has_no_effect_in_any_order() {
    let (mut city, mut clerk) = community();
    write(&mut clerk, &[card(1, "before")]);
    copy(&mut clerk, &mut city);
    let frontier = city.frontier(&records()).expect("frontier");
    let cut = frontier.0.into_iter().map(|(log, heads)| LogHeads { log, heads }).collect();
    let device = clerk.identity().device();
    let revoke = Revoke { device, cut, since_compromise: false, reason: "lost".to_owned() };
    // The clerk's device goes on, not knowing; a second hub gets its words before the revocation.
    write(&mut clerk, &[card(1, "after"), card(2, "after")]);
    let mut early = in_memory();
    early.set_realm(city.realm().expect("realm")).expect("set");
    copy(&mut city, &mut early);
    copy(&mut clerk, &mut early);
    assert_eq!(phones(&early), ["after", "after"]);
    city.write(NOW, |w| w.fact(&space(CITY, Channel::Notices), Kind::Revoke, &revoke)).expect("the root may");
    copy(&mut clerk, &mut city);
    copy(&mut city, &mut early);
    for replica in [&city, &early] {
        assert_eq!(phones(replica), ["before"]);
        let left_out = replica.left_out().expect("read");
        assert_eq!(left_out.len(), 1);
        assert_eq!(left_out[0].state, EntryState::Refused);
        assert!(left_out[0].reason.as_ref().is_some_and(|r| r.contains("revoked")));
    }
    assert_eq!(tables(&city), tables(&early));
    copy(&mut city, &mut clerk);
    let refused = clerk.write(NOW, |w| w.edit(&records(), &[card(3, "x")], Changes::default()));
    assert!(matches!(refused, Err(StoreError::NotAllowed { .. } | StoreError::NoGrant(_))));
}

#[test]
fn a_revocation_has_its_effect_though_settling_it_failed_at_first() {
    let (mut city, mut clerk) = community();
    write(&mut clerk, &[card(1, "1")]);
    copy(&mut clerk, &mut city);
    let mut other = in_memory();
    other.set_realm(city.realm().expect("realm")).expect("set");
    copy(&mut city, &mut other);
    assert_eq!(phones(&other), ["1"]);
    let device = clerk.identity().device();
    let revoke = Revoke { device, cut: Vec::new(), since_compromise: true, reason: "stolen".to_owned() };
    city.write(NOW, |w| w.fact(&space(CITY, Channel::Notices), Kind::Revoke, &revoke)).expect("the root may");
    city.seal().expect("seal");
    // The disk takes the segment and fails when its effect is written.
    let failing = "CREATE TEMP TRIGGER failing BEFORE UPDATE OF stance ON log
                   BEGIN SELECT RAISE(ABORT, 'disk'); END";
    other.connection().execute_batch(failing).expect("trigger");
    assert!(other.store(everything(&city), &|_| true).is_err());
    other.connection().execute_batch("DROP TRIGGER failing").expect("no trigger");
    other.materialise().expect("materialise");
    assert_eq!(phones(&other), Vec::<String>::new());
}
