//! What a dialogue rests on: who the two sides are, for which units they stand, which unit lies below which
//! today, what the link may carry.
//!
//! Both sides take it as it is when the dialogue begins and hold to it, so that they compare and push by the same
//! rule to the end. Where it is so no longer, the dialogue ends and the two begin another: at once where something
//! must not go on, and where there is only more to share as soon as neither side has anything left to say.

use linli_store::Replica;
use linli_sync::Carry;
use linli_wire::{Arrangement, DeviceKey, TimeMs, UnitPath};

use crate::{
    error::NodeError,
    node::{Node, served_units, units_of},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The key that this device goes by.
    me: DeviceKey,
    pub(crate) mine: Vec<UnitPath>,
    pub(crate) theirs: Vec<UnitPath>,
    pub(crate) arrangement: Arrangement,
    pub(crate) carry: Carry,
}

/// What to do where a dialogue began with one standing and there is another now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing.
    Stay,
    /// Begin again once this one has nothing left to do: there is more to share, and nothing less.
    Widen,
    /// Begin again at once.
    Leave,
}

impl Standing {
    /// With a peer, at this time, and when the course of time alone changes it next. Refuses a peer that is not
    /// served, and says so where this device has no grant itself.
    pub(crate) fn with(
        node: &Node,
        peer: DeviceKey,
        now: TimeMs,
    ) -> Result<(Self, Option<TimeMs>), NodeError> {
        let (carry, carry_until) = node.carry(now)?;
        node.with(|r| {
            let me = r.identity().device();
            let mine = units_of(r, me);
            if mine.is_empty() {
                return Err(NodeError::NoGrant);
            }
            let theirs = served(r, peer, now)?;
            let arrangement = r.trust().arrangement(now.day_number());
            // A grant lasts through its last millisecond.
            let ends = r.trust().grants_of(peer).filter_map(|(_, authority)| authority.grant.not_after);
            let ends = ends.filter(|end| now <= *end).map(|end| TimeMs(end.0 + 1)).min();
            let until = [ends, r.trust().next_move(now), carry_until].into_iter().flatten().min();
            Ok((Self { me, mine, theirs, arrangement, carry }, until))
        })
    }

    /// What a dialogue that began with this standing does now that it is `now`.
    pub(crate) fn turn(&self, now: &Self) -> Turn {
        let all_in = |these: &[UnitPath], those: &[UnitPath]| these.iter().all(|unit| those.contains(unit));
        let keeps = self.me == now.me
            && self.arrangement == now.arrangement
            && all_in(&self.mine, &now.mine)
            && all_in(&self.theirs, &now.theirs)
            && now.carry <= self.carry;
        match (self == now, keeps) {
            (true, _) => Turn::Stay,
            (false, true) => Turn::Widen,
            (false, false) => Turn::Leave,
        }
    }
}

/// The units for which a peer is served; refuses one that has none.
fn served(replica: &Replica, peer: DeviceKey, now: TimeMs) -> Result<Vec<UnitPath>, NodeError> {
    let units = served_units(replica, peer, now);
    if !units.is_empty() {
        Ok(units)
    } else if units_of(replica, peer).is_empty() {
        Err(NodeError::UnknownDevice(peer))
    } else {
        Err(NodeError::EndedGrant(peer))
    }
}

#[cfg(test)]
mod tests {
    use linli_wire::Move;

    use super::*;

    fn units(paths: &[&str]) -> Vec<UnitPath> {
        paths.iter().map(|path| path.parse().expect("a path in a test is one")).collect()
    }

    fn standing(mine: &[&str], theirs: &[&str], carry: Carry) -> Standing {
        Standing {
            me: DeviceKey([1; 32]),
            mine: units(mine),
            theirs: units(theirs),
            arrangement: Arrangement::default(),
            carry,
        }
    }

    #[test]
    fn what_is_lost_ends_a_dialogue_at_once_and_what_is_gained_when_it_is_idle() {
        let (street, one, two) = ("3211/02/001", "3211/02/001/001", "3211/02/001/002");
        let before = standing(&[street], &[one], Carry::NoBulk);
        let away = [Move { unit: units(&[one])[0].clone(), now: units(&["3211/02/002/001"])[0].clone() }];
        let moved = Arrangement::new(away).expect("a good move");
        let cases = [
            (before.clone(), Turn::Stay),
            (standing(&[street], &[one, two], Carry::NoBulk), Turn::Widen),
            (standing(&[street, two], &[one], Carry::NoBulk), Turn::Widen),
            (standing(&[street], &[one], Carry::All), Turn::Widen),
            (standing(&[street], &[one, two], Carry::Trust), Turn::Leave),
            (standing(&[street], &[two], Carry::NoBulk), Turn::Leave),
            (standing(&[two], &[one], Carry::NoBulk), Turn::Leave),
            (Standing { arrangement: moved, ..before.clone() }, Turn::Leave),
            (Standing { me: DeviceKey([2; 32]), ..before.clone() }, Turn::Leave),
        ];
        for (now, expected) in cases {
            assert_eq!(before.turn(&now), expected, "{now:?}");
        }
    }
}
