//! One encoding a scorecard, and nothing else reads as one.

use linli_wire::Writer;
use proptest::prelude::*;

use super::*;

fn scorecard() -> Scorecard {
    let third = Ratio::new(7, 3).expect("a fraction");
    Scorecard {
        unit: "3211/02/001/001".parse().expect("a path"),
        standard: "community".to_owned(),
        version: "2026.1".to_owned(),
        pack: Digest([1; 32]),
        start: "2025-11-01".to_owned(),
        as_of: "2026-10-31".to_owned(),
        close: "2026-11-13".to_owned(),
        frontier: None,
        items: vec![ItemScore {
            id: "C10".to_owned(),
            state: State::Pending,
            points: Range { min: Ratio::ZERO, max: third },
            parts: vec![PartScore {
                id: "placed".to_owned(),
                state: State::Pending,
                points: Range { min: Ratio::ZERO, max: third },
                passes: None,
                n: 5,
                hits: 4,
                disproved: 1,
                listed: 2,
                missing: 3,
            }],
        }],
        vetoes: vec![Veto {
            id: "H1".to_owned(),
            item: "C10".to_owned(),
            state: VetoState::Pending,
            parts: vec!["placed".to_owned()],
        }],
        total: Range { min: Ratio::ZERO, max: third },
        outcome: Outcome::Undetermined,
        needs_sign_off: true,
        without_records: vec!["3211/02/001/001".parse().expect("a path")],
    }
}

#[test]
fn a_scorecard_reads_back_what_it_wrote() {
    let mut card = scorecard();
    assert_eq!(Scorecard::decode(&card.encode()).as_ref(), Ok(&card));
    card.frontier = Some(Digest([9; 32]));
    assert_eq!(Scorecard::decode(&card.encode()).as_ref(), Ok(&card));
}

#[test]
fn values_that_the_format_does_not_allow_are_refused() {
    let changed = |change: fn(&mut Scorecard)| {
        let mut card = scorecard();
        change(&mut card);
        Scorecard::decode(&card.encode()).expect_err("the value is not allowed").to_string()
    };
    assert!(changed(|card| card.as_of = "2026-02-30".to_owned()).contains("date is `2026-02-30`"));
    assert!(
        changed(|card| card.total = Range { min: Ratio::whole(2), max: Ratio::whole(1) }).contains("points")
    );
    assert!(changed(|card| card.version = "v".repeat(257)).contains("257"));
    let mut later = Writer::new();
    later.array(15).text("linli/2 scorecard");
    let error = Scorecard::decode(&later.finish()).expect_err("the format is another");
    assert!(error.to_string().contains("update the program"), "{error}");
    assert_eq!(Scorecard::decode(&vec![0; (1 << 20) + 1]), Err(ScorecardError::TooLarge((1 << 20) + 1)));
}

#[test]
fn a_shown_value_that_is_not_the_exact_one_truncated_is_refused() {
    let bytes = scorecard().encode();
    let at = bytes.windows(4).position(|window| window == b"2.33").expect("7/3 shows as 2.33");
    let mut lying = bytes.clone();
    lying[at + 3] = b'4';
    let error = Scorecard::decode(&lying).expect_err("7/3 does not show as 2.34").to_string();
    assert!(error.contains("7/3 shown as 2.34"), "{error}");
}

proptest! {
    #[test]
    fn bytes_that_read_are_canonical(at in 0..2000_usize, bit in 0..8_u8) {
        let mut bytes = scorecard().encode();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(card) = Scorecard::decode(&bytes) {
            prop_assert_eq!(card.encode(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Scorecard::decode(&bytes);
    }
}
