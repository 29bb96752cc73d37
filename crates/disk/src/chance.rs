//! Choices that look random and are the same for the same seed (SplitMix64).

/// A source of such choices.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    #[allow(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Whether something that happens once in `n` times happens now.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of several; `None` of nothing.
    pub fn pick<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        if of.is_empty() { None } else { of.get(self.below(of.len() as u64) as usize) }
    }

    /// What a crash leaves of the changes that were not synced.
    pub(crate) fn crash(&mut self) -> Survival {
        match self.next() % 4 {
            0 => Survival::Nothing,
            1 => Survival::Everything,
            _ => Survival::Some,
        }
    }
}

/// How changes that were not synced come through a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Survival {
    Nothing,
    Everything,
    /// Each by itself is lost, kept or torn.
    Some,
}

impl Survival {
    pub fn of_one(self, chance: &mut Chance) -> Fate {
        match self {
            Self::Nothing => Fate::Lost,
            Self::Everything => Fate::Kept,
            Self::Some => match chance.next() % 3 {
                0 => Fate::Lost,
                1 => Fate::Kept,
                _ => Fate::Torn,
            },
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Lost,
    Kept,
    Torn,
}
