//! What becomes of a dialogue that is under way when what it rests on changes: two of them, frame by frame.

use linli_log::Rights;
use linli_wire::{Channel, TimeMs};

use super::*;
use crate::{
    Clock, NetworkSettings, Terms, erase, export_grant,
    fixture::{
        COMMUNITY, NEIGHBOUR, OTHER_STREET, Realm, STREET, card, cards, carry, grant_by_file, id, noise,
        revoke, space, terms, unit, write,
    },
    import_grant, make_request, move_unit, now, plan_erasure,
};

/// A street's hub, by a clock that is set by hand, and a clerk's device.
struct Pair {
    realm: Realm,
    street: Node,
    clock: Clock,
    clerk: Node,
}

/// The two sides of a link: the clerk's, which dialled, and the street's.
struct Link {
    clerk: Dialogue,
    street: Dialogue,
}

/// Where a link stands that nothing moves on any more.
#[derive(Debug, PartialEq, Eq)]
enum Rest {
    Live,
    Again(Departure),
    Lost,
}

impl Pair {
    fn begin() -> Self {
        let realm = Realm::begin();
        drop(realm.enrol(&realm.root, "street", STREET, Rights::hub()));
        let clock = Clock::at(now());
        let replica = Replica::open(&realm.path("street")).expect("nobody else uses it");
        let street = Node::with_clock(replica, clock.clone());
        let clerk = realm.enrol(&street, "clerk", COMMUNITY, Rights::clerk());
        Self { realm, street, clock, clerk }
    }

    /// A link on which everything is said.
    fn link(&self) -> Link {
        let begin = |node: &Node, peer: &Node, role| Dialogue::begin(node, peer.device(), role, true);
        let clerk = begin(&self.clerk, &self.street, Role::Dialler).expect("served");
        let street = begin(&self.street, &self.clerk, Role::Acceptor).expect("served");
        let mut link = Link { clerk, street };
        assert_eq!(link.run(), Rest::Live);
        link
    }

    fn grant(&self, path: &str, not_after: Option<TimeMs>) {
        let terms = Terms { not_after, ..terms(path, Rights::clerk()) };
        let (request, grant) = (self.realm.path("a.request"), self.realm.path("a.grant"));
        make_request(&self.clerk, "", &request).expect("a request file");
        export_grant(&self.street, &request, &terms, &grant).expect("the street may grant");
        import_grant(&self.clerk, &grant).expect("the grant is for this device");
        self.street.announce();
    }

    /// The root moves the community to the other street, and the street hears of it.
    fn move_away(&self, from_day: i64) {
        let now = unit(&format!("{OTHER_STREET}/009"));
        move_unit(&self.realm.root, &unit(COMMUNITY), &now, from_day).expect("the root may");
        carry(&self.realm.root, &self.street);
    }
}

impl Link {
    /// Carries frames until neither side does anything more.
    fn run(&mut self) -> Rest {
        loop {
            let steps = [self.clerk.poll(), self.street.poll()].map(|step| step.expect("the disks work"));
            let mut moved = false;
            for (at, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Send(frame) => {
                        let to = if at == 0 { &mut self.street } else { &mut self.clerk };
                        to.frame(frame);
                        to.flush();
                        moved = true;
                    }
                    Step::Wait => {}
                    Step::Again(departure) => return Rest::Again(departure),
                    Step::Lost(_) => return Rest::Lost,
                    Step::Over(reason) => panic!("a live dialogue ends: {reason:?}"),
                }
            }
            if !moved {
                return Rest::Live;
            }
        }
    }
}

#[test]
fn a_live_link_is_begun_again_for_a_unit_that_was_granted_and_shares_it() {
    let pair = Pair::begin();
    let mut link = pair.link();
    pair.grant(NEIGHBOUR, None);
    write(&pair.clerk, NEIGHBOUR, &[card(1, "next door")]);
    write(&pair.clerk, COMMUNITY, &[card(2, "here")]);
    assert_eq!(link.run(), Rest::Again(Departure::Idle));
    assert_eq!(cards(&pair.street), ["00002 here"], "what was under way arrives first");
    let _link = pair.link();
    assert_eq!(cards(&pair.street), ["00001 next door", "00002 here"]);
}

#[test]
fn what_others_are_granted_leaves_a_live_link_alone() {
    let pair = Pair::begin();
    let mut link = pair.link();
    let other = pair.realm.device("other");
    grant_by_file(&pair.street, &other, pair.realm.directory.path(), &terms(NEIGHBOUR, Rights::clerk()));
    pair.street.announce();
    assert_eq!(link.run(), Rest::Live);
}

#[test]
fn nothing_is_taken_from_a_device_that_was_just_revoked() {
    let pair = Pair::begin();
    let mut link = pair.link();
    write(&pair.clerk, COMMUNITY, &[card(1, "under way")]);
    let Ok(Step::Send(frame)) = link.clerk.poll() else { panic!("there is something to push") };
    revoke(&pair.street, STREET, pair.clerk.device());
    link.street.frame(frame);
    assert!(matches!(link.street.poll(), Ok(Step::Lost(NodeError::UnknownDevice(_)))));
    link.street.end().1.expect("nothing came");
    assert_eq!(cards(&pair.street), Vec::<String>::new());
}

#[test]
fn a_grant_that_ends_under_a_live_link_ends_it_at_that_moment() {
    let pair = Pair::begin();
    let end = TimeMs(now().0 + 3_600_000);
    pair.grant(NEIGHBOUR, Some(end));
    let mut link = pair.link();
    assert_eq!(link.street.until(), Some(TimeMs(end.0 + 1)));
    pair.clock.set(end);
    write(&pair.clerk, NEIGHBOUR, &[card(1, "in time")]);
    assert_eq!(link.run(), Rest::Live, "it lasts through its last moment");
    write(&pair.clerk, NEIGHBOUR, &[card(2, "too late")]);
    pair.clock.set(TimeMs(end.0 + 1));
    assert_eq!(link.run(), Rest::Again(Departure::AtOnce));
    let mut link = pair.link();
    assert_eq!(link.run(), Rest::Live, "the other grant lasts");
    assert_eq!(cards(&pair.street), ["00001 in time"]);
}

#[test]
fn the_last_grant_that_ends_leaves_no_link() {
    let pair = Pair::begin();
    let end = TimeMs(now().0 + 3_600_000);
    let passing = pair.realm.device("passing");
    let ending = Terms { not_after: Some(end), ..terms(COMMUNITY, Rights::clerk()) };
    grant_by_file(&pair.street, &passing, pair.realm.directory.path(), &ending);
    let pair = Pair { clerk: passing, ..pair };
    let mut link = pair.link();
    pair.clock.set(TimeMs(end.0 + 1));
    assert_eq!(link.run(), Rest::Lost);
}

#[test]
fn a_unit_that_moves_away_is_shared_no_longer_from_its_day_on() {
    let pair = Pair::begin();
    let mut link = pair.link();
    let tomorrow = now().day_number() + 1;
    pair.move_away(tomorrow);
    assert_eq!(link.run(), Rest::Live, "it lies below the street today");
    // A link that knows of the move waits for its day; one that began before learns of it by a look.
    assert_eq!(link.street.until(), Some(TimeMs::start_of_day(tomorrow)));
    write(&pair.clerk, COMMUNITY, &[card(1, "today")]);
    assert_eq!(link.run(), Rest::Live);
    pair.clock.set(TimeMs::start_of_day(tomorrow));
    write(&pair.clerk, COMMUNITY, &[card(2, "tomorrow")]);
    assert_eq!(link.run(), Rest::Again(Departure::AtOnce));
    pair.link();
    assert_eq!(cards(&pair.street), ["00001 today"]);
}

#[test]
fn a_device_that_goes_by_another_key_begins_its_links_again() {
    let pair = Pair::begin();
    let mut link = pair.link();
    pair.clerk
        .with(|r| {
            let next = r.next_identity()?;
            r.take_over(next)
        })
        .expect("its disk works");
    pair.clerk.announce();
    // The next key has no grant yet.
    assert_eq!(link.run(), Rest::Lost);
}

#[test]
fn what_is_erased_while_it_is_being_sent_is_sent_no_further() {
    let pair = Pair::begin();
    for number in 0..40 {
        write(&pair.clerk, COMMUNITY, &[card(number, &noise(u64::from(number), 4_000))]);
        pair.clerk.with(Replica::seal).expect("its disk works");
    }
    drop(pair.link());
    let reader = pair.realm.enrol(&pair.street, "reader", COMMUNITY, Rights::clerk());
    let mut link = Link {
        clerk: Dialogue::begin(&reader, pair.street.device(), Role::Dialler, true).expect("served"),
        street: Dialogue::begin(&pair.street, reader.device(), Role::Acceptor, true).expect("served"),
    };
    while !link.street.session.reads_ahead() {
        if let Ok(Step::Send(frame)) = link.clerk.poll() {
            link.street.frame(frame);
        }
        if let Ok(Step::Send(frame)) = link.street.poll() {
            link.clerk.frame(frame);
        }
    }
    let plan = plan_erasure(&pair.street, &space(COMMUNITY, Channel::Records), id(1)).expect("a card");
    erase(&pair.street, &plan, "asked for").expect("the street may");
    assert!(matches!(link.street.poll(), Ok(Step::Again(Departure::AtOnce))));
}

#[test]
fn settings_take_effect_on_links_that_are_under_way() {
    let pair = Pair::begin();
    let mut link = pair.link();
    let metered = NetworkSettings { metered: true, ..NetworkSettings::default() };
    pair.clerk.set_network_settings(&metered).expect("kept");
    write(&pair.clerk, COMMUNITY, &[card(1, "later")]);
    assert_eq!(link.run(), Rest::Again(Departure::AtOnce), "every byte is paid for");
    let mut link = pair.link();
    assert_eq!(cards(&pair.street), Vec::<String>::new());
    pair.clerk.set_network_settings(&NetworkSettings::default()).expect("kept");
    assert_eq!(link.run(), Rest::Again(Departure::Idle));
    let mut link = pair.link();
    assert_eq!(cards(&pair.street), ["00001 later"]);
    let slower = NetworkSettings { max_rate: Some(50_000), ..NetworkSettings::default() };
    pair.clerk.set_network_settings(&slower).expect("kept");
    assert_eq!(link.run(), Rest::Live, "the rate changes under it");
}
