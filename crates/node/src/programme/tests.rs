//! What the programme's numbers promise.

use linli_log::Rights;
use linli_model::{Edit, Value, kind};
use linli_store::DocumentEdits;
use linli_wire::Channel;

use super::*;
use crate::fixture::{
    CITY, COMMUNITY, DISTRICT, FAR_COMMUNITY, NEIGHBOUR, Realm, STREET, carry, id, id_no, person, space, unit,
};

const YEAR: i64 = 2026;

fn text(field: &str, value: &str) -> Edit {
    Edit::document(field, Some(Value::from(value)))
}

fn write(node: &Node, path: &str, channel: Channel, document: DocumentEdits) {
    let space = space(path, channel);
    node.with(|r| {
        r.write(crate::now(), |w| w.edit(&space, &[document], linli_log::fact::Changes::default()))
    })
    .expect("the device may write here");
}

/// A city's hub, and a clerk's device in each of three communities.
struct City {
    _realm: Realm,
    top: Node,
    district: Node,
    street: Node,
    clerks: Vec<(&'static str, Node)>,
    next: std::cell::Cell<u16>,
}

impl City {
    fn begin() -> Self {
        let realm = Realm::begin();
        let enrol = |name: &str, path: &str, rights| realm.enrol(&realm.root, name, path, rights);
        let (city, district) =
            (enrol("city", CITY, Rights::hub()), enrol("district", DISTRICT, Rights::hub()));
        let street = enrol("street", STREET, Rights::hub());
        let clerks = [COMMUNITY, NEIGHBOUR, FAR_COMMUNITY]
            .into_iter()
            .map(|path| (path, enrol(&path.replace('/', "-"), path, Rights::clerk())))
            .collect();
        carry(&realm.root, &city);
        Self { _realm: realm, top: city, district, street, clerks, next: std::cell::Cell::new(100) }
    }

    fn clerk(&self, path: &str) -> &Node {
        &self.clerks.iter().find(|(unit, _)| *unit == path).expect("there is a clerk").1
    }

    fn fresh(&self) -> linli_wire::DocId {
        self.next.set(self.next.get() + 1);
        id(self.next.get())
    }

    fn declare(&self, path: &str, year: i64, day: &str) -> String {
        let id = self.fresh();
        let edits = vec![Edit::document("year", Some(Value::Int(year))), text("day", day)];
        write(
            self.clerk(path),
            path,
            Channel::Records,
            DocumentEdits { id, kind: &kind::DECLARATION, edits },
        );
        id.to_string()
    }

    fn step(&self, by: &Node, path: &str, year: i64, line: [&str; 3], extra: &[(&str, &str)]) {
        let [day, step, result] = line;
        let mut edits = vec![Edit::document("year", Some(Value::Int(year)))];
        edits.extend([text("step", step), text("result", result), text("day", day)]);
        edits.extend(extra.iter().map(|(field, value)| text(field, value)));
        let document = DocumentEdits { id: self.fresh(), kind: &kind::STEP, edits };
        write(by, path, Channel::Oversight, document);
    }

    /// The whole road up to the decision, of a year whose papers are dated in the November after it.
    fn recognise(&self, path: &str, year: i64) {
        let day = |rest: &str| format!("{year}-{rest}");
        let declaration = self.declare(path, year, &day("11-02"));
        let about = [("about", declaration.as_str())];
        self.step(&self.street, path, year, [&day("11-03"), "first_review", "passed"], &about);
        self.step(&self.district, path, year, [&day("11-04"), "check", "passed"], &[]);
        self.step(&self.top, path, year, [&day("11-05"), "inspection", "meets"], &[]);
        let until = day("11-20");
        self.step(&self.top, path, year, [&day("11-06"), "publication", "done"], &[("until", &until)]);
        self.step(&self.top, path, year, [&day("11-23"), "decision", "recognised"], &[]);
    }

    fn programme(&self, root: &str, year: i64, on: &str) -> Programme {
        for from in self.clerks.iter().map(|(_, node)| node).chain([&self.street, &self.district]) {
            carry(from, &self.top);
        }
        programme(&self.top, &unit(root), year, on).expect("it counts")
    }
}

#[test]
fn exactly_half_is_half_and_just_below_is_not_shown_as_more() {
    let exactly = Share::new(89, 178);
    assert_eq!((exactly.percent.as_str(), exactly.reaches(50)), ("50.00", true));
    assert!(!Share::new(88, 178).reaches(50));
    let below = Share::new(7_999, 10_000);
    assert_eq!((below.percent.as_str(), below.reaches(80)), ("79.99", false));
    let nothing = Share::new(0, 0);
    assert_eq!((nothing.percent.as_str(), nothing.reaches(0)), ("", false));
    // The source's own numbers: 7 of 13 streets and 161 of 178 communities.
    for (count, of, percent, needed, reached) in
        [(6, 13, 50, 7, false), (7, 13, 50, 7, true), (160, 178, 90, 161, false), (161, 178, 90, 161, true)]
    {
        let goal = Goal::new(Share::new(count, of), percent);
        assert_eq!((goal.needed, goal.reached), (needed, reached), "{count} of {of}");
    }
}

#[test]
fn a_day_lies_in_the_year_of_the_october_in_which_its_period_ends() {
    for (day, year) in
        [("2026-10-31", 2026), ("2026-11-01", 2027), ("2026-01-01", 2026), ("2025-12-31", 2026)]
    {
        assert_eq!(year_of(day).expect("a date"), year, "{day}");
    }
    assert!(year_of("yesterday").is_err());
}

#[test]
fn each_dated_fact_is_counted_for_itself() {
    let city = City::begin();
    city.recognise(COMMUNITY, YEAR);
    // One met without having declared and declared late, one was inspected and failed.
    city.step(&city.top, NEIGHBOUR, YEAR, ["2026-11-05", "inspection", "meets"], &[]);
    city.declare(NEIGHBOUR, YEAR, "2026-11-09");
    city.step(&city.top, FAR_COMMUNITY, YEAR, ["2026-11-05", "inspection", "fails"], &[]);

    let at = city.programme(CITY, YEAR, "2026-11-30");
    let counts = |p: &Progress| {
        let facts = [&p.declared, &p.declared_late, &p.inspected, &p.met, &p.published, &p.recognised];
        facts.map(|share| share.count)
    };
    assert_eq!((at.communities.in_programme, counts(&at.communities)), (3, [1, 1, 3, 2, 1, 1]));
    assert_eq!((at.streets.in_programme, counts(&at.streets)), (2, [0; 6]));
    assert_eq!((&*at.start, &*at.as_of), ("2025-11-01", "2026-10-31"));
    // What is dated later had not happened.
    assert_eq!(counts(&city.programme(CITY, YEAR, "2026-11-05").communities), [1, 0, 3, 2, 0, 0]);
    // A street sees what lies below it.
    assert_eq!(counts(&city.programme(STREET, YEAR, "2026-11-30").communities), [1, 1, 2, 2, 1, 1]);
}

#[test]
fn a_recognition_counts_for_three_years_and_no_longer_than_it_lasts() {
    let city = City::begin();
    city.recognise(COMMUNITY, 2024);
    city.recognise(NEIGHBOUR, 2025);
    city.step(&city.top, NEIGHBOUR, 2025, ["2026-01-05", "withdrawal", "lapsed"], &[]);
    let in_all = |year: i64, on: &str| {
        let communities = city.programme(CITY, year, on).communities;
        (communities.recognised.count, communities.in_all.share.count)
    };
    assert_eq!(in_all(2024, "2026-12-01"), (1, 1));
    assert_eq!(in_all(2025, "2025-12-31"), (1, 2));
    assert_eq!(in_all(2025, "2026-12-01"), (0, 1), "the second was withdrawn");
    assert_eq!(in_all(2026, "2026-12-01"), (0, 1));
    assert_eq!(in_all(2027, "2027-12-01"), (0, 0), "the first is out of the three years");
}

/// A person with episodes of status and the days on which work began.
fn worker(number: u16, id_no: &str, statuses: &[[&str; 3]], placements: &[&str]) -> DocumentEdits {
    let mut document = person(number, id_no, None);
    for (at, [code, start, end]) in statuses.iter().enumerate() {
        let key = format!("{number:016x}{at:016x}");
        let mut fields = vec![("dimension", "status"), ("code", code), ("start", start)];
        fields.extend((!end.is_empty()).then_some(("end", *end)));
        let edits = fields
            .into_iter()
            .map(|(field, value)| Edit::item("episodes", &key, field, Some(Value::from(value))));
        document.edits.extend(edits);
    }
    for (at, start) in placements.iter().enumerate() {
        let key = format!("{number:016x}{:016x}", 100 + at);
        document.edits.push(Edit::item("placements", &key, "start", Some(Value::from(*start))));
    }
    document
}

#[test]
fn the_re_employed_are_people_who_were_out_of_work_each_counted_once() {
    let city = City::begin();
    let out = |until: &'static str| [["2", "2025-06-01", until], ["1", "2026-03-01", ""]];
    let people = [
        // Twice in the year, and once before.
        (
            COMMUNITY,
            worker(1, &id_no(1), &[["2", "2025-01-01", ""]], &["2025-03-01", "2026-01-10", "2026-06-01"]),
        ),
        // In the year before.
        (COMMUNITY, worker(2, &id_no(2), &[["3", "2025-01-01", "2025-05-30"]], &["2025-06-01"])),
        // From one job to another, and from school.
        (
            COMMUNITY,
            worker(
                3,
                &id_no(3),
                &[["2", "2020-01-01", "2020-05-01"], ["1", "2020-05-02", ""]],
                &["2026-03-01"],
            ),
        ),
        (COMMUNITY, worker(4, &id_no(4), &[["5", "2010-09-01", "2026-06-30"]], &["2026-07-01"])),
        // On two communities' cards.
        (COMMUNITY, worker(5, &id_no(5), &out("2026-02-28"), &["2026-03-01"])),
        (FAR_COMMUNITY, worker(6, &id_no(5), &out("2026-02-28"), &["2026-03-01"])),
        // After the year.
        (COMMUNITY, worker(7, &id_no(7), &out("2026-02-28"), &["2026-11-02"])),
    ];
    for (path, person) in people {
        write(city.clerk(path), path, Channel::Records, person);
    }
    let people = |root, on: &str| city.programme(root, YEAR, on).people;
    let at = people(CITY, "2099-12-31");
    assert_eq!((at.re_employed, at.re_employed_in_all), (2, 3));
    assert_eq!(people(NEIGHBOUR, "2099-12-31").re_employed, 0);
    assert_eq!(people(CITY, "2020-01-01").re_employed, 0, "nothing was recorded by then");
}

/// A couple of which each has been out of work from one day to another, and their card.
fn couple(number: u16, spells: [[&str; 2]; 2]) -> Vec<DocumentEdits> {
    let mut card = DocumentEdits {
        id: id(number),
        kind: &kind::HOUSEHOLD,
        edits: vec![
            text("card_no", &number.to_string()),
            text("kind", "1"),
            text("head", &id(number + 1).to_string()),
        ],
    };
    let mut documents = Vec::new();
    for (at, ([start, end], relation)) in spells.into_iter().zip(["02", "11"]).enumerate() {
        let number = number + 1 + at as u16;
        let mut person = worker(number, &id_no(number), &[["2", start, end]], &[]);
        person.edits.extend([text("sex", "1"), text("birth", "1980-01-01")]);
        let key = person.id.to_string();
        card.edits.push(Edit::item("members", &key, "relation", Some(Value::from(relation))));
        documents.push(person);
    }
    documents.push(card);
    documents
}

#[test]
fn a_family_counts_once_if_both_spouses_were_out_of_work_on_one_day() {
    let city = City::begin();
    let families = [
        // Still, in between, before the year, and one after the other.
        couple(10, [["2026-05-01", ""], ["2026-06-01", ""]]),
        couple(20, [["2025-09-01", "2026-02-01"], ["2026-01-15", "2026-03-01"]]),
        couple(30, [["2025-01-01", "2025-06-01"], ["2025-05-01", "2025-10-30"]]),
        couple(40, [["2026-01-01", "2026-03-31"], ["2026-04-01", ""]]),
    ];
    for document in families.into_iter().flatten() {
        write(city.clerk(COMMUNITY), COMMUNITY, Channel::Records, document);
    }
    let both_out = |on: &str| city.programme(CITY, YEAR, on).people.both_out;
    assert_eq!(both_out("2099-12-31"), BothOut { in_period: 2, at_end: 1 });
    assert_eq!(both_out("2020-01-01"), BothOut { in_period: 0, at_end: 0 });
}
