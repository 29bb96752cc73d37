//! Every standing is reached, every refusal is given, and neither order nor forgery changes anything.

use linli_wire::Level;
use proptest::prelude::*;

use super::*;
use crate::{Calendar, pack::CALENDAR_CN};

fn date(text: &str) -> Date {
    text.parse().expect("a date in a test is one")
}

fn the_rules() -> (Rules, Calendar) {
    let rules = Rules::load(ROAD).expect("the rules in the tree are valid");
    (rules, Calendar::load(CALENDAR_CN).expect("the calendar in the tree is valid"))
}

/// A community's case, built line by line: `2026-11-02 declare d`, `2026-11-03 street first_review passed d`.
///
/// A paper's id is its place in the list: `p1` is the first line.
fn case(lines: &[&str]) -> Case {
    let mut case = Case {
        level: Level::Community,
        declarations: Vec::new(),
        papers: Vec::new(),
        appeals: Vec::new(),
        barred_until: None,
    };
    for (at, line) in lines.iter().enumerate() {
        let words: Vec<&str> = line.split(' ').collect();
        let (day, word) = (date(words[0]), |at: usize| words.get(at).copied().unwrap_or_default().to_owned());
        let id = format!("p{}", at + 1);
        match words[1] {
            "declare" => case.declarations.push(Declaration {
                id: word(2),
                day,
                withdrawn: None,
                score: Score::default(),
            }),
            "withdraw" => {
                for declaration in case.declarations.iter_mut().filter(|one| one.id == word(2)) {
                    declaration.withdrawn = Some(day);
                }
            }
            "appeal" => case.appeals.push(Appeal { id, day, item: word(2), subject: word(3) }),
            by => {
                let levels = [Level::City, Level::District, Level::Street, Level::Community];
                let by = levels.into_iter().find(|level| level.as_str() == by).expect("a level writes");
                let step = Step::from_code(words[2]).expect("the step is one");
                let scorecard = if step == Step::Inspection { word(4) } else { "card".to_owned() };
                let scored = matches!(step, Step::Inspection | Step::Publication);
                case.papers.push(Paper {
                    id,
                    step,
                    verdict: Verdict::from_code(words[3]).expect("the verdict is one"),
                    by,
                    day,
                    until: (step == Step::Publication).then(|| date(words[4])),
                    about: if scored { String::new() } else { word(4) },
                    score: if scored { Score { scorecard, ..Score::default() } } else { Score::default() },
                    altered: word(5) == "altered",
                });
            }
        }
    }
    case
}

fn at(lines: &[&str], today: &str) -> Road {
    let (rules, calendar) = the_rules();
    follow(&rules, &calendar, &case(lines), date(today))
}

/// The road of a community that is recognised. Its publication ends on 2026-12-03, seven working days after.
const ROAD_TAKEN: [&str; 6] = [
    "2026-11-02 declare d",
    "2026-11-04 street first_review passed d",
    "2026-11-10 district check passed",
    "2026-11-20 city inspection meets card",
    "2026-11-24 city publication done 2026-12-03",
    "2026-12-04 city decision recognised",
];

#[test]
fn a_unit_goes_the_whole_road_and_every_step_has_its_day() {
    for (taken, standing, due) in [
        (0, Standing::NotDeclared, ""),
        (1, Standing::Declared, "first_review street 2026-11-16"),
        (2, Standing::Reviewed, "check district 2026-12-02"),
        (3, Standing::Checked, "inspection city 2026-12-22"),
        (4, Standing::Met, "publication city 2026-12-04"),
        (5, Standing::Published, "decision city 2026-12-17"),
        (6, Standing::Recognised, "recheck district 2027-12-04"),
    ] {
        let today = ROAD_TAKEN[..taken].last().map_or("2026-11-02", |line| &line[..10]);
        let road = at(&ROAD_TAKEN[..taken], today);
        let told: Vec<String> = road.due.iter().map(told).collect();
        assert_eq!(road.standing, standing);
        assert_eq!(told.join(" "), due, "{standing:?}");
        assert_eq!(road.without_effect, BTreeMap::new());
    }
    let road = at(&ROAD_TAKEN, "2026-12-04");
    let facts = [road.declared, road.inspected, road.met, road.published, road.recognised];
    let days = facts.map(|day| day.map(|day| day.to_string()).unwrap_or_default());
    assert_eq!(days, ["2026-11-02", "2026-11-20", "2026-11-20", "2026-11-24", "2026-12-04"]);
    assert_eq!(road.frozen.len(), 1);
}

fn told(due: &Due) -> String {
    let until = due.until.map(|until| until.to_string()).unwrap_or_default();
    let step = due.step.map_or("correction", Step::code);
    let up = due.escalated_to.map(|level| format!(" → {level}")).unwrap_or_default();
    format!("{step} {} {until}{up}", due.by)
}

/// The road up to a step, then some lines of its own.
fn after(taken: usize, more: &[&'static str]) -> Vec<&'static str> {
    [&ROAD_TAKEN[..taken], more].concat()
}

#[test]
fn every_turn_of_the_road_leads_where_the_programme_says() {
    use Standing as S;
    for (lines, standing) in [
        (after(1, &["2026-11-04 street first_review returned d"]), S::Returned),
        (after(1, &["2026-11-04 street first_review refused d"]), S::ReviewRefused),
        (after(1, &["2026-11-04 withdraw d"]), S::Undeclared),
        (after(2, &["2026-11-10 district check refused"]), S::CheckRefused),
        (after(2, &["2026-11-10 district check returned"]), S::Returned),
        (after(3, &["2026-11-20 city inspection fails card"]), S::DoesNotMeet),
        (after(0, &["2026-11-20 city inspection meets card"]), S::MetNotRecognised),
        (after(0, &["2026-11-20 city inspection meets card", "2026-11-23 declare late"]), S::Met),
        (
            after(1, &["2026-11-04 street first_review refused d", "2026-11-20 city inspection meets card"]),
            S::MetNotRecognised,
        ),
        (after(4, &["2026-11-23 withdraw d"]), S::MetNotRecognised),
        (after(5, &["2026-11-25 city objection done"]), S::Held),
        (
            after(5, &["2026-11-25 city objection done", "2026-11-26 city acceptance refused p6"]),
            S::Published,
        ),
        (after(5, &["2026-11-25 city objection done", "2026-11-26 city acceptance accepted p6"]), S::Held),
        (
            after(
                5,
                &[
                    "2026-11-25 city objection done",
                    "2026-11-26 city acceptance accepted p6",
                    "2026-12-01 city answer upheld p6",
                ],
            ),
            S::ObjectionUpheld,
        ),
        (
            after(
                5,
                &[
                    "2026-11-25 city objection done",
                    "2026-11-26 city acceptance accepted p6",
                    "2026-12-01 city answer dismissed p6",
                    "2026-12-04 city decision recognised",
                ],
            ),
            S::Recognised,
        ),
        (after(5, &["2026-12-04 city decision refused"]), S::NotRecognised),
        (
            after(
                5,
                &[
                    "2026-12-04 city decision refused",
                    "2026-12-07 appeal",
                    "2026-12-10 city review upheld p7",
                ],
            ),
            S::Recognised,
        ),
        (
            after(
                5,
                &[
                    "2026-12-04 city decision refused",
                    "2026-12-07 appeal",
                    "2026-12-10 city review dismissed p7",
                ],
            ),
            S::NotRecognised,
        ),
        (after(6, &["2027-11-01 district recheck passed"]), S::Recognised),
        (after(6, &["2027-11-01 district recheck fails"]), S::Failing),
        (after(6, &["2027-11-01 district recheck fails", "2027-11-03 city mend_order done"]), S::Mending),
        (
            after(
                6,
                &[
                    "2027-11-01 district recheck fails",
                    "2027-11-03 city mend_order done",
                    "2027-12-01 district recheck passed",
                ],
            ),
            S::Recognised,
        ),
        (
            after(
                6,
                &[
                    "2027-11-01 district recheck fails",
                    "2027-11-03 city mend_order done",
                    "2028-01-03 city withdrawal not_mended",
                ],
            ),
            S::Ended,
        ),
        (after(6, &["2027-03-01 city withdrawal falsified"]), S::Ended),
        (after(6, &["2027-03-01 city withdrawal merged"]), S::Ended),
    ] {
        let road = at(&lines, "2028-02-01");
        assert_eq!(road.without_effect, BTreeMap::new(), "{lines:?}");
        assert_eq!(road.standing, standing, "{lines:?}");
    }
}

#[test]
fn what_may_not_be_has_no_effect_and_says_why() {
    use Refusal as R;
    use Standing as S;
    for (lines, refusal) in [
        // Steps are not skipped.
        (after(1, &["2026-11-04 district check passed"]), R::NotNow(S::Declared)),
        (after(2, &["2026-11-20 city inspection meets card"]), R::NotNow(S::Reviewed)),
        (after(3, &["2026-11-24 city publication done 2026-12-03"]), R::NotNow(S::Checked)),
        (after(4, &["2026-11-24 city decision recognised"]), R::NotNow(S::Met)),
        (after(6, &["2026-12-05 declare again"]), R::NotNow(S::Recognised)),
        // Nobody but the level that is due, and nobody at the unit's own level.
        (after(1, &["2026-11-04 community first_review passed d"]), R::NotYours(Level::Street)),
        (after(1, &["2026-11-04 district first_review passed d"]), R::NotYours(Level::Street)),
        (after(2, &["2026-11-10 street check passed"]), R::NotYours(Level::District)),
        (after(3, &["2026-11-20 district inspection meets card"]), R::NotYours(Level::City)),
        (after(5, &["2026-12-04 street decision recognised"]), R::NotYours(Level::City)),
        // Each has its results.
        (after(1, &["2026-11-04 street first_review meets d"]), R::NoSuchVerdict),
        (after(5, &["2026-12-04 city decision passed"]), R::NoSuchVerdict),
        // Each has its time.
        (after(5, &["2026-12-03 city decision recognised"]), R::TooEarly(date("2026-12-03"))),
        (after(5, &["2026-12-04 city objection done"]), R::TooLate(date("2026-12-03"))),
        (after(4, &["2026-12-20 appeal C10 x"]), R::TooLate(date("2026-12-04"))),
        (
            after(
                6,
                &[
                    "2027-11-01 district recheck fails",
                    "2027-11-03 city mend_order done",
                    "2028-01-02 city withdrawal not_mended",
                ],
            ),
            R::TooEarly(date("2028-01-02")),
        ),
        // Four working days are too short, and a score is that of the inspection.
        (after(4, &["2026-11-24 city publication done 2026-11-30"]), R::TooShort(5)),
        (
            after(
                3,
                &["2026-11-20 city inspection meets other", "2026-11-24 city publication done 2026-12-03"],
            ),
            R::OtherScore,
        ),
        // An answer is to something.
        (after(1, &["2026-11-04 street first_review passed other"]), R::NothingToAnswer),
        (after(5, &["2026-11-25 city answer dismissed nothing"]), R::NothingToAnswer),
        (
            after(5, &["2026-11-25 city objection done", "2026-11-26 city answer dismissed p6"]),
            R::NothingToAnswer,
        ),
        (after(5, &["2026-11-25 city objection done", "2026-12-04 city decision recognised"]), R::Held),
        // What was changed after it was made says nothing.
        (after(1, &["2026-11-04 street first_review passed d altered"]), R::Altered),
    ] {
        let before = at(&lines[..lines.len() - 1], "2028-02-01");
        let road = at(&lines, "2028-02-01");
        let why: Vec<Refusal> = road.without_effect.values().copied().collect();
        assert_eq!(why, [refusal], "{lines:?}");
        assert_eq!(road.standing, before.standing, "{lines:?}");
        assert_eq!(road.due, before.due, "{lines:?}");
    }
}

#[test]
fn a_step_that_is_missed_goes_up_and_is_never_taken_as_done() {
    let on_the_day = at(&ROAD_TAKEN[..1], "2026-11-16");
    assert_eq!(on_the_day.due.iter().map(told).collect::<Vec<_>>(), ["first_review street 2026-11-16"]);
    let missed = at(&ROAD_TAKEN[..1], "2026-11-17");
    assert_eq!(missed.standing, Standing::Declared);
    assert_eq!(
        missed.due.iter().map(told).collect::<Vec<_>>(),
        ["first_review street 2026-11-16 → district"]
    );
    // From then on the district may take it, and the street still may.
    for by in ["district", "street", "city"] {
        let line = format!("2026-11-17 {by} first_review passed d");
        assert_eq!(at(&[ROAD_TAKEN[0], &line], "2026-11-17").standing, Standing::Reviewed, "{by}");
    }
    let own = at(&[ROAD_TAKEN[0], "2026-11-17 community first_review passed d"], "2026-11-17");
    assert_eq!(own.standing, Standing::Declared, "and the community itself never");
    let years_later = at(&ROAD_TAKEN[..5], "2029-01-01");
    assert_eq!(years_later.standing, Standing::Published);
    assert!(years_later.due[0].overdue && years_later.due[0].escalated_to.is_none());
}

#[test]
fn objections_are_accepted_in_two_working_days_and_answered_in_ten() {
    let objection = after(5, &["2026-11-27 city objection done"]);
    assert_eq!(
        at(&objection, "2026-11-30").due.iter().map(told).collect::<Vec<_>>(),
        ["acceptance city 2026-12-01"]
    );
    let accepted = [&objection[..], &["2026-11-30 city acceptance accepted p6"]].concat();
    assert_eq!(
        at(&accepted, "2026-11-30").due.iter().map(told).collect::<Vec<_>>(),
        ["answer city 2026-12-14"]
    );
    let closed = [&accepted[..], &["2026-12-10 city answer dismissed p6"]].concat();
    // The decision is due from the later of the publication's end and the last answer.
    assert_eq!(
        at(&closed, "2026-12-10").due.iter().map(told).collect::<Vec<_>>(),
        ["decision city 2026-12-24"]
    );
}

#[test]
fn a_published_score_stays_what_it_was_and_a_later_one_stands_beside_it() {
    let lines = after(
        5,
        &[
            "2026-11-25 city objection done",
            "2026-11-26 city acceptance accepted p6",
            "2026-12-01 city answer upheld p6",
            "2026-12-08 city inspection fails other",
        ],
    );
    let road = at(&lines, "2026-12-08");
    let frozen: Vec<&str> = road.frozen.iter().map(|(_, score)| score.scorecard.as_str()).collect();
    assert_eq!((road.standing, frozen), (Standing::DoesNotMeet, vec!["card"]));
    assert_eq!(road.inspection.map(|score| score.scorecard).as_deref(), Some("other"));
    assert_eq!(road.met, None);
}

#[test]
fn a_contested_miss_that_is_upheld_has_the_city_inspect_again() {
    let lines = after(3, &["2026-11-20 city inspection fails card", "2026-11-23 appeal C10 person"]);
    assert_eq!(
        at(&lines, "2026-11-23").due.iter().map(told).collect::<Vec<_>>(),
        ["appeal_decision city 2026-12-07"]
    );
    let again = "2026-12-02 city inspection meets other";
    let dismissed = [&lines[..], &["2026-12-01 city appeal_decision dismissed p5", again]].concat();
    let road = at(&dismissed, "2026-12-02");
    assert_eq!(road.without_effect["p7"], Refusal::NotNow(Standing::DoesNotMeet));
    let upheld = [&lines[..], &["2026-12-01 city appeal_decision upheld p5", again]].concat();
    assert_eq!(at(&upheld, "2026-12-01").due[0].step, Some(Step::Inspection));
    assert_eq!(at(&upheld, "2026-12-02").standing, Standing::Met);
}

#[test]
fn a_falsification_bars_for_two_years() {
    let (rules, calendar) = the_rules();
    let ended = at(&after(6, &["2027-03-01 city withdrawal falsified"]), "2027-03-01");
    assert_eq!(ended.barred_until, Some(date("2029-03-01")));
    for (day, standing) in [("2029-03-01", Standing::NotDeclared), ("2029-03-02", Standing::Declared)] {
        let again = Case { barred_until: ended.barred_until, ..case(&[&format!("{day} declare d")]) };
        assert_eq!(follow(&rules, &calendar, &again, date("2029-04-01")).standing, standing, "{day}");
    }
}

#[test]
fn a_declaration_returned_corrected_and_passed_on_one_day_has_passed() {
    for (first, second) in [("a", "b"), ("b", "a")] {
        let lines = [
            format!("2026-11-02 declare {first}"),
            format!("2026-11-04 street first_review returned {first}"),
            format!("2026-11-04 declare {second}"),
            format!("2026-11-04 street first_review passed {second}"),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(at(&lines, "2026-11-04").standing, Standing::Reviewed);
    }
}

#[test]
fn a_street_is_reviewed_by_its_district() {
    let (rules, calendar) = the_rules();
    let of = |by: &str| {
        let line = format!("2026-11-04 {by} first_review passed d");
        let case = Case { level: Level::Street, ..case(&[ROAD_TAKEN[0], &line]) };
        follow(&rules, &calendar, &case, date("2026-11-04")).standing
    };
    assert_eq!((of("district"), of("street")), (Standing::Reviewed, Standing::Declared));
}

fn any_line() -> impl Strategy<Value = String> {
    let days = prop::sample::select(vec![
        "2026-11-02",
        "2026-11-04",
        "2026-11-10",
        "2026-11-20",
        "2026-11-24",
        "2026-12-04",
        "2027-11-01",
    ]);
    let by = prop::sample::select(vec!["city", "district", "street", "community"]);
    let paper = (by, prop::sample::select(Step::ALL.to_vec()), prop::sample::select(Verdict::ALL.to_vec()))
        .prop_map(|(by, step, verdict)| {
            let rest = match step {
                Step::Publication => "2026-12-03",
                Step::Inspection => "card",
                _ => "d",
            };
            format!("{by} {} {} {rest}", step.code(), verdict.code())
        });
    let taken = prop::sample::select(ROAD_TAKEN.to_vec()).prop_map(str::to_owned);
    let anything = (days, paper).prop_map(|(day, paper)| format!("{day} {paper}"));
    prop_oneof![taken, anything]
}

proptest! {
    #[test]
    fn the_order_in_which_papers_come_changes_nothing(
        lines in prop::collection::vec(any_line(), 0..14),
        turn in 0_usize..14,
    ) {
        let (rules, calendar) = the_rules();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut case = case(&lines);
        let road = follow(&rules, &calendar, &case, date("2028-01-01"));
        let count = case.papers.len().max(1);
        case.papers.rotate_left(turn % count);
        case.papers.reverse();
        case.declarations.reverse();
        prop_assert_eq!(follow(&rules, &calendar, &case, date("2028-01-01")), road);
    }

    #[test]
    fn what_has_no_effect_can_be_left_out_and_nobody_is_recognised_without_the_whole_road(
        lines in prop::collection::vec(any_line(), 0..14),
    ) {
        let (rules, calendar) = the_rules();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut case = case(&lines);
        let road = follow(&rules, &calendar, &case, date("2028-01-01"));
        case.papers.retain(|paper| !road.without_effect.contains_key(&paper.id));
        let again = follow(&rules, &calendar, &case, date("2028-01-01"));
        prop_assert_eq!((again.standing, &again.due, &again.frozen), (road.standing, &road.due, &road.frozen));
        if let Some(recognised) = road.recognised {
            let published = road.published.expect("what is recognised was published");
            let met = road.inspected.expect("what is published was inspected");
            prop_assert!(road.declared.is_some() && met <= published && published < recognised);
        }
        prop_assert!(case.papers.iter().all(|paper| paper.by < Level::Community));
    }
}
