//! Which unit lies below which, once units have been moved.
//!
//! A unit keeps the name of its spaces for good. A move puts it below another unit of the same level as
//! the one before; [`Arrangement`] answers who stands above whom by the moves that are in effect. Without
//! moves it says what the paths say.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::{
    limits::MOVES_MAX,
    unit::{Channel, Space, UnitPath},
};

/// A unit with the path that it has from now on. The path's parent is named as its spaces are, so a
/// unit that moves takes along whatever lies below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    pub unit: UnitPath,
    pub now: UnitPath,
}

/// Why a unit cannot be moved so.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoveError {
    #[error("{0} is a city, which does not move")]
    City(UnitPath),
    #[error("{now} is not on the level of {unit}")]
    OtherLevel { unit: UnitPath, now: UnitPath },
    #[error("{now} lies in another city than {unit}")]
    OtherCity { unit: UnitPath, now: UnitPath },
    #[error("a realm has at most {MOVES_MAX} moves")]
    TooMany,
}

impl Move {
    /// Checks that the move is one within a city and a level.
    pub fn check(&self) -> Result<(), MoveError> {
        let (unit, now) = (self.unit.clone(), self.now.clone());
        if unit.parent().is_none() {
            return Err(MoveError::City(unit));
        }
        if unit.level() != now.level() {
            return Err(MoveError::OtherLevel { unit, now });
        }
        if unit.lowest_cover(&now).is_none() {
            return Err(MoveError::OtherCity { unit, now });
        }
        Ok(())
    }
}

/// Moves in the order in which they took effect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrangement {
    moves: Vec<Move>,
    /// For each unit that was moved, its moves by their place in the order.
    places: BTreeMap<UnitPath, Vec<usize>>,
}

/// How long one unit stood over another, by the number of moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Lasting,
    /// Until the move at this place in the order.
    Until(usize),
    Never,
}

impl Arrangement {
    pub fn new(moves: impl IntoIterator<Item = Move>) -> Result<Self, MoveError> {
        let mut arrangement = Self::default();
        for one in moves {
            one.check()?;
            if arrangement.moves.len() == MOVES_MAX {
                return Err(MoveError::TooMany);
            }
            arrangement.places.entry(one.unit.clone()).or_default().push(arrangement.moves.len());
            arrangement.moves.push(one);
        }
        Ok(arrangement)
    }

    pub fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// The unit that this one lies in.
    pub fn parent(&self, unit: &UnitPath) -> Option<UnitPath> {
        self.parent_after(unit, self.moves.len())
    }

    /// The path that people see.
    pub fn path(&self, unit: &UnitPath) -> UnitPath {
        let Some(parent) = self.parent(unit) else { return unit.clone() };
        let named =
            self.places.get(unit).and_then(|places| places.last()).map_or(unit, |at| &self.moves[*at].now);
        // Invariant: parents stand one level higher, so this ends at the city.
        self.path(&parent).child_of_same_name(named)
    }

    /// Whether `above` lies strictly above `unit`.
    pub fn is_above(&self, above: &UnitPath, unit: &UnitPath) -> bool {
        above != unit && self.covers(above, unit)
    }

    /// Whether `above` is `unit` or lies above it.
    pub fn covers(&self, above: &UnitPath, unit: &UnitPath) -> bool {
        self.covers_after(above, unit, self.moves.len())
    }

    /// The lowest unit that covers both; `None` where they lie in different cities.
    pub fn lowest_cover(&self, one: &UnitPath, other: &UnitPath) -> Option<UnitPath> {
        let mut unit = Some(one.clone());
        while let Some(candidate) = unit {
            if self.covers(&candidate, other) {
                return Some(candidate);
            }
            unit = self.parent(&candidate);
        }
        None
    }

    /// Whether, and how long, `above` covered `unit` in the course of the moves.
    pub fn over(&self, above: &UnitPath, unit: &UnitPath) -> Over {
        let all = self.moves.len();
        match (0..=all).rev().find(|upto| self.covers_after(above, unit, *upto)) {
            None => Over::Never,
            Some(upto) if upto == all => Over::Lasting,
            Some(upto) => Over::Until(upto),
        }
    }

    /// Whether devices of `reader` hold this space.
    ///
    /// Trust of a unit that moved rests on notices of those it lay below before: the unit and whoever
    /// lies above it now read them as well.
    pub fn reads(&self, reader: &UnitPath, space: &Space) -> bool {
        if self.moves.is_empty() {
            return space.is_read_by(reader);
        }
        self.covers(reader, &space.unit)
            || (space.channel == Channel::Notices && {
                let was_over = |unit: &UnitPath| self.over(&space.unit, unit) != Over::Never;
                was_over(reader) || self.places.keys().any(|unit| self.covers(reader, unit) && was_over(unit))
            })
    }

    fn parent_after(&self, unit: &UnitPath, upto: usize) -> Option<UnitPath> {
        let places = self.places.get(unit).map_or(&[][..], Vec::as_slice);
        match places.iter().rev().find(|at| **at < upto) {
            Some(at) => self.moves[*at].now.parent(),
            None => unit.parent(),
        }
    }

    fn covers_after(&self, above: &UnitPath, unit: &UnitPath, upto: usize) -> bool {
        if self.moves.is_empty() {
            return above.covers(unit);
        }
        let mut at = Some(unit.clone());
        while let Some(unit) = at {
            if unit == *above {
                return true;
            }
            at = self.parent_after(&unit, upto);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(path: &str) -> UnitPath {
        path.parse().expect("a path in a test is one")
    }

    fn moved(moves: &[(&str, &str)]) -> Arrangement {
        let moves = moves.iter().map(|(from, to)| Move { unit: unit(from), now: unit(to) });
        Arrangement::new(moves).expect("the moves of the tests are sound")
    }

    const COMMUNITY: &str = "3211/02/001/001";

    #[test]
    fn without_moves_the_paths_say_it_all() {
        let none = Arrangement::default();
        for above in ["3211", "3211/02", "3211/02/001", COMMUNITY] {
            assert!(none.covers(&unit(above), &unit(COMMUNITY)), "{above}");
        }
        assert!(!none.covers(&unit("3211/02/002"), &unit(COMMUNITY)));
        assert_eq!(none.path(&unit(COMMUNITY)), unit(COMMUNITY));
    }

    #[test]
    fn a_moved_unit_lies_below_its_new_parent_alone_and_keeps_its_name() {
        let now = moved(&[(COMMUNITY, "3211/11/007/003")]);
        for (above, expected) in [
            ("3211", true),
            ("3211/11", true),
            ("3211/11/007", true),
            ("3211/02/001", false),
            ("3211/02", false),
        ] {
            assert_eq!(now.is_above(&unit(above), &unit(COMMUNITY)), expected, "{above}");
        }
        assert_eq!(now.path(&unit(COMMUNITY)), unit("3211/11/007/003"));
        assert_eq!(now.over(&unit("3211/02"), &unit(COMMUNITY)), Over::Until(0));
        assert_eq!(now.over(&unit("3211/11"), &unit(COMMUNITY)), Over::Lasting);
        assert_eq!(now.over(&unit("3211/12"), &unit(COMMUNITY)), Over::Never);
        let cover = now.lowest_cover(&unit(COMMUNITY), &unit("3211/11/008"));
        assert_eq!(cover, Some(unit("3211/11")));
    }

    #[test]
    fn whoever_moves_takes_along_what_lies_below() {
        let now = moved(&[
            ("3211/02/001", "3211/11/009"),
            (COMMUNITY, "3211/12/001/001"),
            (COMMUNITY, "3211/02/001/002"),
        ]);
        assert_eq!(now.path(&unit(COMMUNITY)), unit("3211/11/009/002"));
        assert_eq!(now.path(&unit("3211/02/001/005")), unit("3211/11/009/005"));
        assert!(now.is_above(&unit("3211/11"), &unit(COMMUNITY)));
        assert_eq!(now.over(&unit("3211/12/001"), &unit(COMMUNITY)), Over::Until(2));
    }

    #[test]
    fn notices_that_trust_rests_on_are_read_by_the_new_units_above() {
        let now = moved(&[(COMMUNITY, "3211/11/007/003")]);
        let old_street = Space::new(unit("3211/02/001"), Channel::Notices);
        let records = Space::new(unit(COMMUNITY), Channel::Records);
        for (reader, notices, reads_records) in [
            ("3211/02/001", true, false),
            ("3211/02", true, false),
            (COMMUNITY, true, true),
            ("3211/11/007", true, true),
            ("3211/11", true, true),
            ("3211/11/008", false, false),
        ] {
            assert_eq!(now.reads(&unit(reader), &old_street), notices, "{reader} {old_street}");
            assert_eq!(now.reads(&unit(reader), &records), reads_records, "{reader} {records}");
        }
    }

    #[test]
    fn a_move_stays_within_its_level_and_city() {
        let check = |from: &str, to: &str| Move { unit: unit(from), now: unit(to) }.check();
        assert_eq!(check("3211", "3211"), Err(MoveError::City(unit("3211"))));
        assert!(matches!(check(COMMUNITY, "3211/11/007"), Err(MoveError::OtherLevel { .. })));
        assert!(matches!(check(COMMUNITY, "3210/11/007/001"), Err(MoveError::OtherCity { .. })));
        assert_eq!(check(COMMUNITY, "3211/11/007/001"), Ok(()));
    }

    #[test]
    fn an_arrangement_has_so_many_moves_and_not_one_more() {
        let one = Move { unit: unit(COMMUNITY), now: unit("3211/11/007/003") };
        assert!(Arrangement::new(vec![one.clone(); MOVES_MAX]).is_ok());
        assert_eq!(Arrangement::new(vec![one; MOVES_MAX + 1]), Err(MoveError::TooMany));
    }
}
