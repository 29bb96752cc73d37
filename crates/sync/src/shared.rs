//! Which spaces the two sides share.

use linli_wire::{Arrangement, Space, UnitPath};

use crate::{limits::UNITS_MAX, message::Carry};

/// The units that the two sides stand for, as one of them sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sides {
    one: Vec<UnitPath>,
    other: Vec<UnitPath>,
}

/// A space is shared if a unit of either side reads it, by what *both* sides believe of the units.
///
/// One side may have heard of a grant that the other has not: they then share what both agree on,
/// the grant itself arrives with it, and the next session shares the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shared {
    beliefs: Vec<Sides>,
    /// Which unit lies below which today, as this side knows it.
    arrangement: Arrangement,
    carry: Carry,
}

impl Shared {
    pub(crate) fn new(
        mine: &[UnitPath],
        theirs: &[UnitPath],
        arrangement: Arrangement,
        carry: Carry,
    ) -> Self {
        Self { beliefs: vec![Sides { one: mine.to_vec(), other: theirs.to_vec() }], arrangement, carry }
    }

    /// Adds what the peer believes and wants.
    pub(crate) fn narrow(&mut self, mine: Vec<UnitPath>, theirs: Vec<UnitPath>, carry: Carry) {
        self.carry = self.carry.max(carry);
        self.beliefs.push(Sides { one: mine, other: theirs });
    }

    /// Whether both sides believe the same.
    pub(crate) fn agreed(&self) -> bool {
        self.beliefs.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// What the link carries.
    pub(crate) const fn carry(&self) -> Carry {
        self.carry
    }

    pub(crate) fn allows(&self, space: &Space) -> bool {
        let reads = |units: &[UnitPath]| units.iter().any(|unit| self.arrangement.reads(unit, space));
        self.carry.allows(space.channel)
            && self.beliefs.iter().all(|sides| reads(&sides.one) && reads(&sides.other))
    }
}

/// The fewest units that read the same spaces, in order. A unit reads whatever a unit below it does.
///
/// Past [`UNITS_MAX`] the rest is left out, which shares less, never more.
pub(crate) fn fewest(mut units: Vec<UnitPath>, arrangement: &Arrangement) -> Vec<UnitPath> {
    units.sort();
    units.dedup();
    let all = units.clone();
    units.retain(|unit| !all.iter().any(|other| arrangement.is_above(other, unit)));
    units.truncate(UNITS_MAX);
    units
}

#[cfg(test)]
mod tests {
    use linli_wire::Channel;

    use super::*;

    fn units(paths: &[&str]) -> Vec<UnitPath> {
        paths.iter().map(|path| path.parse().expect("a path in a test is one")).collect()
    }

    fn space(unit: &str, channel: Channel) -> Space {
        Space::new(unit.parse().expect("a path in a test is one"), channel)
    }

    #[test]
    fn a_unit_below_another_adds_nothing() {
        let given = units(&["3211/02/001", "3211/02", "3211/11/001/001", "3211/02/001/004", "3211/02"]);
        assert_eq!(fewest(given, &Arrangement::default()), units(&["3211/02", "3211/11/001/001"]));
    }

    #[test]
    fn a_unit_that_moved_is_shared_with_whoever_it_lies_below_now() {
        let path = |path: &str| -> UnitPath { path.parse().expect("a path in a test is one") };
        let moves = [linli_wire::Move { unit: path("3211/02/001/001"), now: path("3211/02/009/001") }];
        let arrangement = Arrangement::new(moves).expect("a good move");
        let community = units(&["3211/02/001/001"]);
        let with = |street: &str| Shared::new(&community, &units(&[street]), arrangement.clone(), Carry::All);
        for (street, expected) in [("3211/02/001", false), ("3211/02/009", true)] {
            for channel in [Channel::Records, Channel::Oversight] {
                let shared = with(street).allows(&space("3211/02/001/001", channel));
                assert_eq!(shared, expected, "{street} {channel:?}");
            }
        }
        // Its older grants stand in the notices of the street that it left.
        assert!(with("3211/02/009").allows(&space("3211/02/001", Channel::Notices)));
        let given = units(&["3211/02/001", "3211/02/001/001", "3211/02/009"]);
        assert_eq!(fewest(given, &arrangement), units(&["3211/02/001", "3211/02/009"]));
        let given = units(&["3211/02/001", "3211/02/001/001"]);
        assert_eq!(fewest(given.clone(), &arrangement), given, "it lies below that one no longer");
    }

    #[test]
    fn a_space_is_shared_only_where_both_sides_read_it_and_both_say_so() {
        let community = units(&["3211/02/001/001"]);
        let mut shared =
            Shared::new(&community, &units(&["3211/02/001"]), Arrangement::default(), Carry::All);
        let cases = [
            ("3211/02/001/001", Channel::Records, true),
            ("3211/02/001/001", Channel::Oversight, true),
            ("3211/02/001", Channel::Notices, true),
            ("3211", Channel::Notices, true),
            ("3211/02/001", Channel::Records, false),
            ("3211/02/001/002", Channel::Records, false),
            ("3211/02/001/002", Channel::Notices, false),
        ];
        for (unit, channel, expected) in cases {
            assert_eq!(shared.allows(&space(unit, channel)), expected, "{unit} {channel:?}");
        }
        shared.narrow(community.clone(), units(&["3211/02/001"]), Carry::Trust);
        assert!(shared.agreed(), "what the link carries is no matter of belief");
        assert!(!shared.allows(&space("3211/02/001/001", Channel::Records)));
        assert!(shared.allows(&space("3211/02/001/001", Channel::Oversight)));
        shared.narrow(units(&["3211/02/001/009"]), units(&["3211/02/001"]), Carry::All);
        assert!(!shared.agreed());
        assert!(!shared.allows(&space("3211/02/001/001", Channel::Oversight)));
        assert!(shared.allows(&space("3211", Channel::Notices)));
    }
}
