//! Chance that repeats: splitmix64, seeded by a digest of what it is thrown for.
//!
//! Every throw belongs to a named purpose, so that a change in one place of the generator moves nothing in
//! another, and the same plan gives the same people on every machine.

use linli_wire::{Digest, DocId};

const CONTEXT: &[u8] = b"linli/1 generate";

/// A source of numbers that look random and are not.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// The dice for one purpose, named by texts.
    pub fn new(seed: u64, purpose: &[&str]) -> Self {
        let seed = seed.to_be_bytes();
        let parts: Vec<&[u8]> =
            std::iter::once(seed.as_slice()).chain(purpose.iter().map(|part| part.as_bytes())).collect();
        let digest = Digest::of(CONTEXT, &parts);
        let mut state = [0; 8];
        state.copy_from_slice(&digest.0[..8]);
        Self { state: u64::from_be_bytes(state) }
    }

    /// The next number of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
    /// 2014).
    pub fn throw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 where the bound is 0. The bias is below 2⁻⁴⁰ for every bound used here.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.throw().checked_rem(bound).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included; `low` where they are the wrong way round.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low).map_or(1, |span| span + 1);
        low + self.below(span) as i64
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// Picks by weight.
    pub fn weighted<T: Copy>(&mut self, list: &[(u64, T)]) -> T {
        let total = list.iter().map(|(weight, _)| weight).sum();
        let mut at = self.below(total);
        for (weight, value) in list {
            if at < *weight {
                return *value;
            }
            at -= weight;
        }
        list[list.len() - 1].1
    }

    /// The id of a new document.
    pub fn document(&mut self) -> DocId {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.throw().to_be_bytes());
        id[8..].copy_from_slice(&self.throw().to_be_bytes());
        DocId(id)
    }

    /// The key of a new item of a collection: 32 hexadecimal digits.
    pub fn key(&mut self) -> String {
        self.document().to_string()
    }

    /// A number of `digits` digits as text, with leading zeros.
    pub fn digits(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    /// Puts a list into another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_purpose_gives_the_same_numbers_and_another_gives_others() {
        let throws = |seed, purpose: &[&str]| {
            let mut dice = Dice::new(seed, purpose);
            (dice.throw(), dice.throw(), dice.key())
        };
        assert_eq!(throws(1, &["a", "b"]), throws(1, &["a", "b"]));
        assert_ne!(throws(1, &["a", "b"]), throws(1, &["ab"]));
        assert_ne!(throws(1, &["a"]), throws(2, &["a"]));
    }

    #[test]
    fn every_number_of_a_range_comes_up_and_none_beyond_it() {
        let mut dice = Dice::new(7, &["range"]);
        let mut seen = [0_u32; 5];
        for _ in 0..500 {
            seen[(dice.between(-2, 2) + 2) as usize] += 1;
        }
        assert!(seen.iter().all(|count| *count > 50), "{seen:?}");
        assert_eq!(dice.between(3, 1), 3);
    }
}
