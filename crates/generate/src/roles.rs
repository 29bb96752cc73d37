//! How many households of a community play which part, and what a quality changes in it.
//!
//! The standard counts few people: those out of work in the period, those in hardship, families without
//! work. So these come in fixed shares rather than by chance, and a quality is a change of shares. That a
//! community of a quality gets the score it is meant to get is tested against the real standard.

use crate::dice::Dice;

/// Households below which the shares do not fit; a community always has at least as many.
pub const HOUSEHOLDS_MIN: usize = 20;

/// How a community fares under the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// Meets every item that is measured from records.
    Good,
    /// Just misses the 80% placed (H1): too many of those placed had no return visit in the 90 days to T.
    StalePlacements,
    /// One person in hardship is not placed (H2).
    HardshipMissed,
    /// Half of the ordinary households were last verified more than a year ago (H3 b).
    StaleCards,
    /// Too many occupied dwellings have no card (H3 a, coverage).
    CardsMissing,
    /// Families of which both spouses are out of work and stay so: points are lost, nothing is vetoed.
    ZeroEmployment,
}

impl Quality {
    pub const ALL: [Self; 6] = [
        Self::Good,
        Self::StalePlacements,
        Self::HardshipMissed,
        Self::StaleCards,
        Self::CardsMissing,
        Self::ZeroEmployment,
    ];

    /// A short name for command lines and file names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::StalePlacements => "stale-placements",
            Self::HardshipMissed => "hardship-missed",
            Self::StaleCards => "stale-cards",
            Self::CardsMissing => "cards-missing",
            Self::ZeroEmployment => "zero-employment",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quality| quality.name() == name)
    }
}

/// The part that one household plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nobody was out of work in the period.
    Ordinary { stale: bool },
    /// One person was laid off or registered and has been placed.
    Placed { visited: bool },
    /// One person is laid off or registered and not placed at T.
    Unplaced,
    /// One person was unemployed without registering and has been placed.
    Unregistered,
    /// One person in hardship.
    Hardship { placed: bool },
    /// A family without work, cleared within 30 days.
    ClearedZero,
    /// Both spouses were out of work on the same day.
    BothOut { placed: bool },
}

/// The roles of a community's households, in the order of its cards.
pub fn roles(dice: &mut Dice, households: usize, quality: Quality) -> Vec<Role> {
    let households = households.max(HOUSEHOLDS_MIN);
    let zero = (households / 50).max(1);
    let both_out = (households / 40).max(1);
    let hardship = (households / 12).max(2);
    let unregistered = (households / 40).max(1);
    let placed = (households / 6).max(6);

    let registered_placed = zero + 2 * both_out + hardship + placed;
    let percent = dice.between(6, 11) as usize;
    let mut unplaced = (registered_placed * percent / (100 - percent)).max(1);
    let mut unvisited = 0;
    let mut hardship_missed = 0;
    let mut both_missed = 0;
    match quality {
        Quality::Good | Quality::StaleCards | Quality::CardsMissing => {}
        Quality::StalePlacements => {
            // One miss more than a fifth, also when those who never registered are counted with them.
            let counted = registered_placed + unplaced + unregistered;
            unvisited = (counted / 5 + 1).saturating_sub(unplaced);
        }
        Quality::HardshipMissed => {
            hardship_missed = 1;
            unplaced -= 1;
        }
        Quality::ZeroEmployment => {
            both_missed = (both_out / 2).max(1);
            unplaced = unplaced.saturating_sub(2 * both_missed);
        }
    }

    let mut roles = Vec::with_capacity(households);
    let mut add = |count: usize, role: Role| roles.extend(std::iter::repeat_n(role, count));
    add(zero, Role::ClearedZero);
    add(both_missed, Role::BothOut { placed: false });
    add(both_out - both_missed, Role::BothOut { placed: true });
    add(hardship_missed, Role::Hardship { placed: false });
    add(hardship - hardship_missed, Role::Hardship { placed: true });
    add(unregistered, Role::Unregistered);
    add(unvisited, Role::Placed { visited: false });
    add(placed - unvisited, Role::Placed { visited: true });
    add(unplaced, Role::Unplaced);
    let ordinary = households - roles.len();
    let stale = if quality == Quality::StaleCards { ordinary / 2 } else { ordinary / 100 };
    roles.extend(std::iter::repeat_n(Role::Ordinary { stale: true }, stale));
    roles.extend(std::iter::repeat_n(Role::Ordinary { stale: false }, ordinary - stale));
    dice.shuffle(&mut roles);
    roles
}

/// Occupied dwellings of which the community has no card.
pub const fn dwellings_without_card(households: usize, quality: Quality) -> usize {
    match quality {
        Quality::CardsMissing => households / 8 + 2,
        _ => households / 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_fit_communities_of_every_size() {
        for households in (1..200).chain([300, 1_000, 10_000]) {
            for quality in Quality::ALL {
                let roles = roles(&mut Dice::new(households as u64, &["roles"]), households, quality);
                assert_eq!(roles.len(), households.max(HOUSEHOLDS_MIN), "{households} {quality:?}");
                let ordinary = roles.iter().filter(|role| matches!(role, Role::Ordinary { .. })).count();
                assert!(
                    ordinary * 4 > roles.len(),
                    "{households} {quality:?}: {ordinary} ordinary households"
                );
            }
        }
    }

    #[test]
    fn a_quality_is_found_by_its_name() {
        for quality in Quality::ALL {
            assert_eq!(Quality::by_name(quality.name()), Some(quality));
        }
        assert_eq!(Quality::by_name("perfect"), None);
    }
}
