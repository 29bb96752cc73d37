//! Who plays which part in a city: how each community fares, and which units declare.

use std::collections::BTreeMap;

use linli_wire::UnitPath;
use thiserror::Error;

use crate::{Keeping, Quality, dice::Dice};

/// The programme that the source tells of: so many streets and communities, and what became of them in its year.
pub const SOURCE_STREETS: usize = 13;
pub const SOURCE_COMMUNITIES: usize = 178;
/// Streets that declared and meet. That those that declared are those that meet is an assumption.
pub const SOURCE_STREETS_MEET: usize = 2;
/// 89 declared and 94 met. How the two overlap the source does not say; these three are the assumption.
pub const SOURCE_DECLARED_AND_MET: usize = 86;
pub const SOURCE_DECLARED_AND_FAILED: usize = 3;
pub const SOURCE_MET_UNDECLARED: usize = 8;

/// Whether and when a unit declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Before the inspection.
    Declares,
    /// After the inspection found it to meet.
    DeclaresLate,
    Stays,
}

/// A community's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommunityPart {
    pub unit: UnitPath,
    pub name: String,
    /// Its place among the city's communities, from 0.
    pub index: u64,
    pub quality: Quality,
    /// Whether it has its posts, boards, vacancies, equipment and institutions.
    pub in_order: bool,
    pub course: Course,
    /// Whether one of each trap is set in its records.
    pub trapped: bool,
    pub keeping: Keeping,
}

/// A street's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreetPart {
    pub unit: UnitPath,
    pub name: String,
    pub course: Course,
    pub communities: Vec<CommunityPart>,
}

/// Why a programme is not the one that the source tells of.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the programme has {streets} streets and {communities} communities")]
pub struct OtherProgramme {
    pub streets: usize,
    pub communities: usize,
}

impl CommunityPart {
    /// Whether it is meant to meet the standard.
    pub const fn meets(&self) -> bool {
        self.in_order && matches!(self.quality, Quality::Good | Quality::ZeroEmployment)
    }
}

/// Streets with their communities, and the name of each.
pub type Units = BTreeMap<(UnitPath, String), Vec<(UnitPath, String)>>;

/// A city in which things are as they may be: more than half of the communities are good, every way to fail is there,
/// and nobody has declared.
pub fn plain(seed: u64, units: &Units) -> Vec<StreetPart> {
    let mut dice = Dice::new(seed, &["cast", "plain"]);
    let mut at = 0;
    let mut streets = Vec::new();
    for (street, communities) in units {
        let parts = communities.iter().map(|community| {
            at += 1;
            let (quality, in_order) =
                if dice.chance(58) { (meeting(&mut dice), true) } else { failing(&mut dice) };
            part(community, at - 1, quality, in_order, Course::Stays)
        });
        streets.push(StreetPart { communities: parts.collect(), ..street_part(street, Course::Stays) });
    }
    set_traps(&mut streets);
    streets
}

/// The city of the source: every community of two streets is good and declares, every other street has one that
/// leaves somebody in hardship unplaced, so that it fails as a whole, and the rest falls as the numbers are.
pub fn source(seed: u64, units: &Units) -> Result<Vec<StreetPart>, OtherProgramme> {
    let communities = units.values().map(Vec::len).sum();
    if (units.len(), communities) != (SOURCE_STREETS, SOURCE_COMMUNITIES) {
        return Err(OtherProgramme { streets: units.len(), communities });
    }
    let mut dice = Dice::new(seed, &["cast", "source"]);
    let mut order: Vec<usize> = (0..units.len()).collect();
    dice.shuffle(&mut order);
    let chosen = &order[..SOURCE_STREETS_MEET];
    let in_those: usize =
        units.values().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, all)| all.len()).sum();

    // What is left for the communities of the other streets, one of each of which fails by hardship.
    let others = units.len() - SOURCE_STREETS_MEET;
    let met = SOURCE_DECLARED_AND_MET - in_those;
    let failed = communities - in_those - met - SOURCE_DECLARED_AND_FAILED - SOURCE_MET_UNDECLARED - others;
    let mut courses = vec![(true, Course::Declares); met];
    courses.extend([(false, Course::Declares); SOURCE_DECLARED_AND_FAILED]);
    courses.extend([(true, Course::DeclaresLate); SOURCE_MET_UNDECLARED]);
    courses.extend(vec![(false, Course::Stays); failed]);
    dice.shuffle(&mut courses);

    let mut at = 0;
    let mut streets = Vec::new();
    for (place, (street, below)) in units.iter().enumerate() {
        let good = chosen.contains(&place);
        let hardship = dice.below(below.len() as u64) as usize;
        let mut parts = Vec::new();
        for (number, community) in below.iter().enumerate() {
            let (quality, in_order, course) = if good {
                (Quality::Good, true, Course::Declares)
            } else if number == hardship {
                (Quality::HardshipMissed, true, Course::Stays)
            } else {
                let (meets, course) = courses.pop().expect("there is a course for each community");
                let (quality, in_order) = if meets { (meeting(&mut dice), true) } else { failing(&mut dice) };
                (quality, in_order, course)
            };
            parts.push(part(community, at, quality, in_order, course));
            at += 1;
        }
        let course = if good { Course::Declares } else { Course::Stays };
        streets.push(StreetPart { communities: parts, ..street_part(street, course) });
    }
    set_traps(&mut streets);
    Ok(streets)
}

fn meeting(dice: &mut Dice) -> Quality {
    dice.weighted(&[(6, Quality::Good), (1, Quality::ZeroEmployment)])
}

/// A way to fail: a quality, or an office that is not in order.
fn failing(dice: &mut Dice) -> (Quality, bool) {
    dice.weighted(&[
        (5, (Quality::StalePlacements, true)),
        (4, (Quality::HardshipMissed, true)),
        (4, (Quality::StaleCards, true)),
        (3, (Quality::CardsMissing, true)),
        (3, (Quality::Good, false)),
    ])
}

/// Of the communities that fail and do not declare, so that no trap decides about anybody, traps are set in every third,
/// and every fourth of these crams its records into the last days. The next of each three, and every community whose office
/// is not in order, forgets returns.
fn set_traps(streets: &mut [StreetPart]) {
    let communities = streets.iter_mut().flat_map(|street| &mut street.communities);
    let failing = communities.filter(|part| !part.meets() && part.course == Course::Stays);
    for (at, part) in failing.enumerate() {
        part.trapped = at % 3 == 0;
        part.keeping = match at % 12 {
            0 => Keeping::Crammed,
            1 | 4 | 7 | 10 => Keeping::Sloppy,
            _ if !part.in_order => Keeping::Sloppy,
            _ => Keeping::Prompt,
        };
    }
}

fn part(
    (unit, name): &(UnitPath, String),
    index: u64,
    quality: Quality,
    in_order: bool,
    course: Course,
) -> CommunityPart {
    CommunityPart {
        unit: unit.clone(),
        name: name.clone(),
        index,
        quality,
        in_order,
        course,
        trapped: false,
        keeping: Keeping::Prompt,
    }
}

fn street_part((unit, name): &(UnitPath, String), course: Course) -> StreetPart {
    StreetPart { unit: unit.clone(), name: name.clone(), course, communities: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(sizes: &[usize]) -> Units {
        let named = |path: String| (path.parse::<UnitPath>().expect("a path in a test is one"), path);
        let street = |at: usize| format!("3211/02/{at:03}");
        sizes
            .iter()
            .enumerate()
            .map(|(at, size)| {
                let below = (1..=*size).map(|number| named(format!("{}/{number:03}", street(at + 1))));
                (named(street(at + 1)), below.collect())
            })
            .collect()
    }

    const SIZES: [usize; 13] = [10, 15, 12, 11, 10, 8, 11, 29, 19, 11, 17, 10, 15];

    #[test]
    fn every_seed_casts_the_numbers_of_the_source() {
        for seed in 0..50 {
            let cast = source(seed, &units(&SIZES)).expect("it is the source's programme");
            let all: Vec<&CommunityPart> = cast.iter().flat_map(|street| &street.communities).collect();
            let count = |of: &dyn Fn(&CommunityPart) -> bool| all.iter().filter(|part| of(part)).count();
            let declares = |part: &CommunityPart| part.course == Course::Declares;
            assert_eq!(count(&declares), 89);
            assert_eq!(count(&CommunityPart::meets), 94);
            assert_eq!(count(&|part| declares(part) && part.meets()), SOURCE_DECLARED_AND_MET);
            assert_eq!(count(&|part| part.course == Course::DeclaresLate && part.meets()), 8);
            assert!(
                count(&|part| part.trapped) >= 20 && all.iter().all(|part| !part.trapped || !part.meets())
            );
            let kept = |keeping: Keeping| count(&|part| part.keeping == keeping);
            assert!(kept(Keeping::Crammed) >= 3 && kept(Keeping::Sloppy) >= 10);
            assert!(all.iter().all(|part| part.keeping == Keeping::Prompt || !part.meets()));
            let indexes: Vec<u64> = all.iter().map(|part| part.index).collect();
            assert_eq!(indexes, (0..178).collect::<Vec<_>>());
            for street in &cast {
                let missed = street.communities.iter().any(|part| part.quality == Quality::HardshipMissed);
                assert_eq!(street.course == Course::Stays, missed, "{}", street.unit);
            }
            assert_eq!(cast.iter().filter(|street| street.course == Course::Declares).count(), 2);
        }
        let cast = |seed| source(seed, &units(&SIZES)).expect("it is the source's programme");
        assert_eq!(cast(1), cast(1));
        assert_ne!(cast(1), cast(2));
    }

    #[test]
    fn another_programme_is_not_the_source() {
        let error = source(1, &units(&[10, 20])).expect_err("two streets are not thirteen");
        assert_eq!(error, OtherProgramme { streets: 2, communities: 30 });
        assert_eq!(
            plain(1, &units(&[10, 20])).iter().map(|street| street.communities.len()).sum::<usize>(),
            30
        );
    }
}
