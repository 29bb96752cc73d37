//! What the views of the plan promise.

use linli_log::{Rights, fact::Changes};
use linli_model::{Edit, Kind, Value, kind};
use linli_store::DocumentEdits;
use linli_wire::{Channel, Space};

use super::*;
use crate::{
    Node,
    fixture::{
        CITY, COMMUNITY, DISTRICT, FAR_COMMUNITY, NEIGHBOUR, OTHER_STREET, Realm, STREET, carry, id, space,
        unit,
    },
};

const DAY: &str = "2026-10-31";

/// A city whose hub knows what district, street and community wrote.
struct City {
    _realm: Realm,
    top: Node,
    below: Vec<(&'static str, Node)>,
    written: std::cell::Cell<u16>,
}

impl City {
    fn begin() -> Self {
        let realm = Realm::begin();
        let hub = |name: &str, path: &str| realm.enrol(&realm.root, name, path, Rights::hub());
        let below = vec![
            (DISTRICT, hub("district", DISTRICT)),
            (STREET, hub("street", STREET)),
            (COMMUNITY, realm.enrol(&realm.root, "clerk", COMMUNITY, Rights::clerk())),
        ];
        let top = hub("city", CITY);
        carry(&realm.root, &top);
        Self { _realm: realm, top, below, written: std::cell::Cell::new(0) }
    }

    /// Writes a document of fields like `name=…`, items of a collection like `people/1/name=…`.
    fn write(&self, by: &str, space: &Space, kind: &'static Kind, fields: &[&str]) -> String {
        self.written.set(self.written.get() + 1);
        let id = kind.fixed_id("").unwrap_or_else(|| id(self.written.get()));
        let edits = fields.iter().map(|field| {
            let (place, value) = field.split_once('=').expect("a field in a test has a value");
            let of = |name: &str| kind.fields.iter().find(|field| field.name == name);
            let text = || Some(Value::from(value));
            let number = || value.parse::<i64>().ok().map(Value::Int);
            if let [collection, key, field] = place.split('/').collect::<Vec<_>>().as_slice() {
                let value = if *field == "working" { number() } else { text() };
                return Edit::item(collection, &format!("{key:0>32}"), field, value);
            }
            let is_text = of(place).is_some_and(|field| {
                !matches!(field.ty, linli_model::FieldType::Int { .. } | linli_model::FieldType::Flag)
            });
            Edit::document(place, if is_text { text() } else { number() })
        });
        let document = DocumentEdits { id, kind, edits: edits.collect() };
        let device = self.below.iter().find(|(path, _)| *path == by).map_or(&self.top, |(_, node)| node);
        device
            .with(|r| r.write(crate::now(), |w| w.edit(space, &[document], Changes::default())))
            .expect("the device may write here");
        id.to_string()
    }

    /// The city's hub, once it knows everything.
    fn hub(&self) -> &Node {
        self.below.iter().for_each(|(_, node)| carry(node, &self.top));
        &self.top
    }

    fn target(&self, by: &str, unit: &str, what: &str, value: i64, day: &str) {
        let fields = [
            format!("for_unit={unit}"),
            format!("what={what}"),
            "year=2026".to_owned(),
            format!("value={value}"),
            format!("day={day}"),
        ];
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        self.write(by, &space(by, Channel::Notices), &kind::TARGET, &fields);
    }
}

#[test]
fn targets_are_split_downwards_and_parts_that_are_not_the_whole_are_named() {
    let city = City::begin();
    city.target(CITY, CITY, "communities", 3, "2025-11-01");
    city.target(CITY, DISTRICT, "communities", 3, "2025-11-01");
    city.target(DISTRICT, STREET, "communities", 2, "2025-11-02");
    city.target(DISTRICT, OTHER_STREET, "communities", 2, "2025-11-02");
    // Past the streets: what stands between a community and the city is no part of it.
    city.target(CITY, CITY, "cards", 5, "2025-11-01");
    city.target(STREET, COMMUNITY, "cards", 5, "2025-11-01");
    city.target(STREET, COMMUNITY, "cards", 4, "2025-10-01");
    city.target(STREET, FAR_COMMUNITY, "cards", 9, "2025-11-01");
    city.write(
        COMMUNITY,
        &space(COMMUNITY, Channel::Records),
        &kind::HOUSEHOLD,
        &["card_no=1", "opened=2026-01-01"],
    );
    city.write(
        COMMUNITY,
        &space(COMMUNITY, Channel::Records),
        &kind::HOUSEHOLD,
        &["card_no=2", "opened=2024-01-01"],
    );

    let found = targets(city.hub(), &unit(CITY), 2026, "2099-01-01").expect("it counts");
    let told: Vec<_> = found
        .targets
        .iter()
        .map(|one| (one.what.as_str(), one.unit.as_str(), one.value, one.done, one.split))
        .collect();
    assert_eq!(
        told,
        [
            ("cards", CITY, 5, 1, Some((5, 1))),
            ("cards", COMMUNITY, 5, 1, None),
            ("communities", CITY, 3, 0, Some((3, 1))),
            ("communities", DISTRICT, 3, 0, Some((4, 2))),
            ("communities", STREET, 2, 0, None),
            ("communities", OTHER_STREET, 2, 0, None),
        ]
    );
    let (what, name) = ("communities".to_owned(), "District".to_owned());
    let cards = || "cards".to_owned();
    let twice = Gap::SetTwice {
        unit: COMMUNITY.to_owned(),
        name: "Community".to_owned(),
        what: cards(),
        value: 5,
        other: 4,
        other_set_by: STREET.to_owned(),
    };
    let beyond =
        Gap::NotBelow { unit: FAR_COMMUNITY.to_owned(), set_by: STREET.to_owned(), what: cards(), value: 9 };
    let differs = Gap::SumDiffers { unit: DISTRICT.to_owned(), name, what, value: 3, split: 4 };
    assert_eq!(found.gaps, [beyond, twice, differs]);
    let other_year = targets(city.hub(), &unit(CITY), 2025, DAY).expect("it counts");
    assert_eq!((other_year.targets.len(), other_year.gaps.len()), (0, 0));
}

#[test]
fn a_campaign_has_come_as_far_as_dwellings_have_cards_by_its_last_day() {
    let city = City::begin();
    let called = ["name=registration", "start=2026-03-01", "end=2026-06-30"];
    city.write(CITY, &space(CITY, Channel::Notices), &kind::CAMPAIGN, &called);
    let dwelling = |key: u8, number: u8, start: &str, end: &str| {
        [
            format!("dwellings/{key}/dwelling={number}"),
            format!("dwellings/{key}/address=road {number}"),
            format!("dwellings/{key}/start={start}"),
        ]
        .into_iter()
        .chain((!end.is_empty()).then(|| format!("dwellings/{key}/end={end}")))
        .collect::<Vec<String>>()
    };
    let register = [
        dwelling(1, 1, "2020-01-01", ""),
        dwelling(2, 2, "2020-01-01", ""),
        dwelling(3, 3, "2020-01-01", "2026-05-01"),
        dwelling(4, 4, "2026-08-01", ""),
    ]
    .concat();
    let register: Vec<&str> = register.iter().map(String::as_str).collect();
    city.write(STREET, &space(COMMUNITY, Channel::Oversight), &kind::DWELLINGS, &register);
    for (number, opened) in [(1, "2026-04-01"), (2, "2026-07-15"), (9, "2020-01-01")] {
        let card = [format!("card_no={number}"), format!("dwelling={number}"), format!("opened={opened}")];
        let card: Vec<&str> = card.iter().map(String::as_str).collect();
        city.write(COMMUNITY, &space(COMMUNITY, Channel::Records), &kind::HOUSEHOLD, &card);
    }
    let of = |root: &str, on: &str| campaigns(city.hub(), &unit(root), on).expect("it counts");
    let over = of(CITY, DAY);
    assert_eq!(over.len(), 1);
    let (whole, parts) = (&over[0].whole, &over[0].parts);
    assert!(over[0].is_over);
    assert_eq!(
        (whole.with_card.count, whole.with_card.of, whole.opened, whole.without_register),
        (1, 2, 1, 2)
    );
    assert_eq!(parts.iter().map(|part| part.unit.as_str()).collect::<Vec<_>>(), [DISTRICT]);
    let running = of(STREET, "2026-04-30");
    assert!(!running[0].is_over);
    assert_eq!((running[0].whole.with_card.count, running[0].whole.with_card.of), (1, 3));
    let units: Vec<&str> = running[0].parts.iter().map(|part| part.unit.as_str()).collect();
    assert_eq!(units, [COMMUNITY, NEIGHBOUR]);
    assert_eq!(of(CITY, "2026-02-28"), [], "it had not begun");
}

#[test]
fn a_site_lacks_what_it_is_to_have_and_does_not_or_not_in_working_order() {
    let city = City::begin();
    let records = space(COMMUNITY, Channel::Records);
    let kit = |fields: &[&str]| city.write(COMMUNITY, &records, &kind::EQUIPMENT, fields);
    kit(&["what=computer", "start=2020-01-01"]);
    kit(&["what=printer", "start=2020-01-01", "checks/1/day=2026-10-01", "checks/1/working=1"]);
    kit(&[
        "what=sign",
        "start=2020-01-01",
        "checks/1/day=2026-10-01",
        "checks/1/working=1",
        "checks/2/day=2026-10-20",
        "checks/2/working=0",
    ]);
    kit(&["what=board", "start=2020-01-01", "end=2025-01-01"]);
    let found = sites(city.hub(), &unit(CITY), DAY).expect("it counts");
    let site = found.sites.iter().find(|site| site.unit == COMMUNITY).expect("it is a site");
    assert_eq!(site.lacks, ["sign", "board"]);
    let standing = ["computer", "printer", "sign", "board"].map(|what| site.kit[what]);
    assert_eq!(standing, [Kit::Working, Kit::Working, Kit::Broken, Kit::Missing]);
    let street = found.sites.iter().find(|site| site.unit == STREET).expect("it is a site");
    assert_eq!(street.lacks, ["computer", "printer", "display", "sign", "board"]);
    assert_eq!((found.complete.count, found.complete.of), (0, 5));
    let computers = &found.working["computer"];
    assert_eq!((computers.count, computers.of, found.working["display"].of), (1, 5, 2));
}

#[test]
fn what_is_left_out_is_told_once_at_the_highest_unit_with_the_nearest_reason() {
    let city = City::begin();
    let out = |path: &str, reason: &str| {
        let id = kind::UNIT.fixed_id(path).expect("units are keyed by their path");
        let mut edits = vec![Edit::document("programme", Some(Value::Int(0)))];
        edits.extend((!reason.is_empty()).then(|| Edit::document("reason", Some(Value::from(reason)))));
        let document = DocumentEdits { id, kind: &kind::UNIT, edits };
        let notices = space(CITY, Channel::Notices);
        city.top
            .with(|r| r.write(crate::now(), |w| w.edit(&notices, &[document], Changes::default())))
            .expect("the city keeps its units");
    };
    let of = |root: &str| scope(city.hub(), &unit(root)).expect("it counts");
    let all = of(CITY);
    assert_eq!((all.districts, all.streets, all.communities, all.left_out.len()), (1, 2, 3, 0));
    out(OTHER_STREET, "rural");
    out(FAR_COMMUNITY, "");
    out(NEIGHBOUR, "");
    let some = of(CITY);
    assert_eq!((some.districts, some.streets, some.communities, some.without_reason), (1, 1, 1, 1));
    let told: Vec<_> =
        some.left_out.iter().map(|one| (&*one.unit, one.streets, one.communities, &*one.reason)).collect();
    assert_eq!(told, [(NEIGHBOUR, 0, 1, ""), (OTHER_STREET, 1, 1, "rural")]);
    let told: Vec<String> = of(OTHER_STREET).left_out.into_iter().map(|one| one.unit).collect();
    assert_eq!(told, [OTHER_STREET]);
}

#[test]
fn units_without_a_group_are_named_and_a_paper_is_in_force_until_another_replaces_it() {
    let city = City::begin();
    let notices = space(CITY, Channel::Notices);
    let group = [
        "name=group",
        "start=2025-01-01",
        "people/1/name=Li",
        "people/1/start=2025-01-01",
        "people/2/name=Wu",
        "people/2/start=2025-01-01",
        "people/2/end=2025-06-30",
    ];
    city.write(CITY, &notices, &kind::GROUP, &group);
    let paper = |fields: &[&str]| city.write(CITY, &notices, &kind::PAPER, fields);
    let first = paper(&["kind=plan", "title=plan", "version=1", "day=2025-01-01"]);
    let replaces = format!("replaces={first}");
    let second = paper(&["kind=plan", "title=plan", "version=2", "day=2026-05-01", &replaces]);
    let ended = paper(&["kind=notice", "title=notice", "day=2025-02-01", "end=2025-12-31"]);
    let of = |on: &str| organisation(city.hub(), &unit(CITY), on).expect("it counts");
    let now = of(DAY);
    assert_eq!(now.without_group, [DISTRICT]);
    assert_eq!(now.groups[0].members, [["Li".to_owned(), String::new(), String::new()]]);
    let told: Vec<_> =
        now.papers.iter().map(|paper| (&paper.document, paper.in_force, &paper.replaced_by)).collect();
    assert_eq!(
        told,
        [(&second, true, &String::new()), (&ended, false, &String::new()), (&first, false, &second)]
    );
    let before = of("2025-06-30");
    assert_eq!(before.groups[0].members.len(), 2);
    assert!(before.papers.iter().all(|paper| paper.in_force), "{before:?}");
}
