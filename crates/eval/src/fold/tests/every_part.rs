//! Every part of both standards at its threshold and one subject short of it, among few people and among many.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;

fn standards() -> &'static [Standard; 2] {
    static STANDARDS: OnceLock<[Standard; 2]> = OnceLock::new();
    STANDARDS.get_or_init(|| [Standard::community(), Standard::street()])
}

/// Every part, each under its name.
fn parts(standards: &[Standard]) -> impl Iterator<Item = (String, &Item, &Part)> {
    let items = standards.iter().flat_map(|standard| &standard.items);
    items.flat_map(|item| item.parts.iter().map(move |part| (format!("{}.{}", item.id, part.id), item, part)))
}

/// What one part gives where everything else of its standard is full.
fn alone(standard: &Standard, name: &str, count: Count) -> PartScore {
    let unit: UnitPath = "3211/02/001/001".parse().expect("a path");
    let members = [unit];
    let scored = Scored { members: &members, without_records: &[] };
    let folded = fold(standard, &scored, |item, part| {
        let counted = format!("{item}.{part}") == name;
        if counted { tally(count.hits, count.n) } else { tally(1000, 1000) }
    });
    let items = folded.expect("the points fit").items;
    let parts =
        items.into_iter().flat_map(|item| item.parts.into_iter().map(move |part| (item.id.clone(), part)));
    let mut found = parts.filter(|(item, part)| format!("{item}.{}", part.id) == name);
    found.next().expect("the standard has the part").1
}

/// Of ten thousand subjects, how many have to hit for a point of the part to be given and for all of them. Where all or
/// nothing is given it is the same.
const OF_TEN_THOUSAND: &[(&str, u64, u64)] = &[
    ("C01.premises", 10_000, 10_000),
    ("C03.months", 7_501, 10_000),
    ("C04.computer", 10_000, 10_000),
    ("C04.printer", 10_000, 10_000),
    ("C04.exchange", 8_001, 9_500),
    ("C05.coverage", 9_001, 9_800),
    ("C06.sample", 9_001, 10_000),
    ("C07.a", 9_950, 9_950),
    ("C07.coverage", 9_500, 9_500),
    ("C07.b0", 9_500, 9_500),
    ("C07.b1", 9_500, 9_500),
    ("C07.b2", 9_500, 9_500),
    ("C07.b3", 9_500, 9_500),
    ("C07.c", 9_000, 9_000),
    ("C07.d", 10_000, 10_000),
    ("C07.e", 10_000, 10_000),
    ("C07.f", 8_000, 8_000),
    ("C08.visits", 8_001, 9_500),
    ("C10.placed", 8_000, 8_000),
    ("C11.placed", 10_000, 10_000),
    ("C12.zero", 10_000, 10_000),
    ("C12.both_out", 8_001, 10_000),
    ("C13.placed", 8_001, 8_500),
    ("C14.plans", 9_001, 10_000),
    ("C15.services", 8_001, 10_000),
    ("C16.policies", 8_001, 9_500),
    ("C17.answers", 7_001, 9_000),
    ("C18.case", 10_000, 10_000),
    ("S01.premises", 10_000, 10_000),
    ("S03.display", 10_000, 10_000),
    ("S03.months", 7_501, 10_000),
    ("S04.exchange", 8_001, 9_500),
    ("S05.coverage", 9_001, 9_800),
    ("S06.sample", 9_001, 10_000),
    ("S07.a", 9_950, 9_950),
    ("S07.coverage", 9_500, 9_500),
    ("S07.communities", 9_000, 9_000),
    ("S07.b0", 9_500, 9_500),
    ("S07.b1", 9_500, 9_500),
    ("S07.b2", 9_500, 9_500),
    ("S07.b3", 9_500, 9_500),
    ("S07.c", 9_000, 9_000),
    ("S07.d", 10_000, 10_000),
    ("S07.e", 10_000, 10_000),
    ("S07.f", 8_000, 8_000),
    ("S08.visits", 8_001, 9_500),
    ("S08.supervision", 10_000, 10_000),
    ("S10.placed", 8_000, 8_000),
    ("S11.placed", 10_000, 10_000),
    ("S12.zero", 10_000, 10_000),
    ("S12.both_out", 8_001, 10_000),
    ("S13.placed", 8_001, 8_500),
    ("S14.plans", 9_001, 10_000),
    ("S15.months", 7_501, 10_000),
    ("S15.services", 8_001, 10_000),
    ("S16.policies", 8_001, 9_500),
    ("S17.answers", 7_001, 9_000),
];

#[test]
fn of_ten_thousand_one_less_than_the_threshold_is_too_few() {
    let standards = standards();
    let with_a_rate: Vec<String> = parts(standards)
        .filter(|(_, _, part)| matches!(part.rule, Rule::AllOrNothing { .. } | Rule::Linear { .. }))
        .map(|(name, ..)| name)
        .collect();
    assert_eq!(OF_TEN_THOUSAND.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), with_a_rate);
    let n = 10_000;
    for &(name, some, all) in OF_TEN_THOUSAND {
        let standard = &standards[usize::from(name.starts_with('S'))];
        let (_, item, part) = parts(standards).find(|(found, ..)| *found == name).expect("it is listed");
        // A part that may miss one of a few may not for it miss one of many.
        for (hits, given) in [(some - 1, false), (some, true), (all - 1, some < all), (all, true), (n, true)]
        {
            let score = alone(standard, name, Count { n, hits });
            let found =
                if item.all_parts { score.passes == Some(true) } else { score.points.min > Ratio::ZERO };
            assert_eq!(found, given, "{name}: {hits} of {n}");
            assert_eq!(
                score.points.min == part.points,
                hits >= all || item.all_parts,
                "{name}: {hits} of {n}"
            );
            assert_eq!(score.points.min, score.points.max, "{name}: {hits} of {n}");
        }
    }
}

/// A rule over whole numbers, written anew: points times denominators, and nothing divided.
fn by_whole_numbers(part: &Part, count: Count) -> Ratio {
    let (n, hits) = (i128::from(count.n), i128::from(count.hits));
    let points = part.points;
    let fraction = |num, den| Ratio::new(num, den).expect("denominators here are positive");
    match part.rule {
        Rule::AllOrNothing { at, misses_allowed } => {
            let enough = hits * at.den() >= n * at.num() || n - hits <= i128::from(misses_allowed);
            if enough { points } else { Ratio::ZERO }
        }
        Rule::Linear { from, full } => {
            let above = hits * from.den() - n * from.num();
            let width = full.num() * from.den() - from.num() * full.den();
            if above <= 0 {
                Ratio::ZERO
            } else if hits * full.den() >= n * full.num() {
                points
            } else {
                fraction(above * full.den() * points.num(), n * width * points.den())
            }
        }
        Rule::Deduct { per_miss } => {
            let den = points.den() * per_miss.den();
            let left = points.num() * per_miss.den() - (n - hits) * per_miss.num() * points.den();
            fraction(left.max(0), den)
        }
        Rule::Penalty { per_miss } => fraction(-(n - hits) * per_miss.num(), per_miss.den()),
    }
}

proptest! {
    #[test]
    fn every_part_gives_by_fractions_what_whole_numbers_say(n in 1_u64..1_000_000, share in 0_u64..=1_000) {
        let standards = standards();
        // Hits anywhere, and those next to every rate that a rule names.
        for (name, _, part) in parts(standards) {
            let rates = match part.rule {
                Rule::AllOrNothing { at, .. } => vec![at],
                Rule::Linear { from, full } => vec![from, full],
                Rule::Deduct { .. } | Rule::Penalty { .. } => Vec::new(),
            };
            let near = rates.into_iter().flat_map(|rate| {
                let least = (i128::from(n) * rate.num() + rate.den() - 1) / rate.den();
                [least - 1, least, least + 1].map(|hits| hits.clamp(0, i128::from(n)) as u64)
            });
            let mut last = None;
            let mut all: Vec<u64> = near.chain([n * share / 1_000, 0, n]).collect();
            all.sort_unstable();
            for hits in all {
                let found = rule::points(part, Count { n, hits });
                prop_assert_eq!(found, Some(by_whole_numbers(part, Count { n, hits })), "{} {} of {}", name, hits, n);
                prop_assert!(last <= found, "{name}: more hits give less at {hits} of {n}");
                last = found;
            }
        }
    }
}
