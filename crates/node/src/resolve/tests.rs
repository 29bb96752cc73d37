//! Which community counts a person whom several have.

use linli_log::Rights;
use linli_wire::TimeMs;

use super::*;
use crate::fixture::{
    CITY, COMMUNITY, DISTRICT, FAR_COMMUNITY, NEIGHBOUR, OTHER_STREET, Realm, STREET, carry, entries, id_no,
    person, space,
};

const AS_OF: &str = "2026-10-31";
/// A moment of 2026-10-01, and one a day later.
/// Not so long ago that a receipt of today would date it.
fn early() -> TimeMs {
    TimeMs(crate::now().0 - 3 * 86_400_000)
}

fn late() -> TimeMs {
    TimeMs(early().0 + 86_400_000)
}

fn as_of_n() -> i64 {
    linli_model::date::day_of_iso(AS_OF).expect("a date")
}

/// Hubs of all levels and a device of each of three communities, without a network.
struct Hubs {
    realm: Realm,
    city: Node,
    district: Node,
    street: Node,
    other_street: Node,
    clerks: [Node; 3],
}

const COMMUNITIES: [&str; 3] = [COMMUNITY, NEIGHBOUR, FAR_COMMUNITY];

impl Hubs {
    fn start() -> Self {
        let realm = Realm::begin();
        let hub = |path: &str| realm.enrol(&realm.root, &path.replace('/', "-"), path, Rights::hub());
        let (city, district, street, other_street) =
            (hub(CITY), hub(DISTRICT), hub(STREET), hub(OTHER_STREET));
        let clerks =
            COMMUNITIES.map(|path| realm.enrol(&realm.root, &path.replace('/', "-"), path, Rights::clerk()));
        let this = Self { realm, city, district, street, other_street, clerks };
        for node in this.all() {
            carry(&this.realm.root, node);
        }
        this
    }

    fn all(&self) -> [&Node; 4] {
        [&self.city, &self.district, &self.street, &self.other_street]
    }

    /// Writes what a community has, at a time, and lets every hub have it.
    fn record(&self, community: usize, time: TimeMs, documents: &[DocumentEdits]) {
        let records = space(COMMUNITIES[community], Channel::Records);
        let clerk = &self.clerks[community];
        clerk.with(|r| r.write(time, |w| w.edit(&records, documents, Changes::default()))).expect("written");
        for hub in self.all() {
            carry(clerk, hub);
        }
    }
}

/// By person and unit: the community that counts, why, and at which stage it was decided.
fn told(node: &Node) -> Vec<[String; 5]> {
    node.materialise().expect("sound");
    let sql = "SELECT id_no, unit, counted_unit, reason, stage FROM determination ORDER BY 1, 2, 5";
    let read =
        |row: &rusqlite::Row<'_>| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?]);
    node.with(|r| r.query(sql, [], read)).expect("a published table")
}

#[test]
fn residence_decides_and_then_who_recorded_first() {
    let hubs = Hubs::start();
    // What each has, who recorded it early, and who counts the person, why.
    let six_months = Some(("2", "2026-04-30"));
    let too_short = Some(("2", "2026-05-01"));
    let cases = [
        (Some(("1", "2026-10-30")), six_months, 1, 0, "lives where registered"),
        (six_months, Some(("1", "2026-10-30")), 0, 1, "lives where registered"),
        (six_months, Some(("3", "2020-01-01")), 1, 0, "has lived there for six months"),
        (too_short, Some(("3", "2020-01-01")), 0, 1, "is registered there"),
        (Some(("3", "2020-01-01")), None, 1, 0, "is registered there"),
        (too_short, None, 1, 1, "was recorded there first"),
        (None, None, 0, 0, "was recorded there first"),
        (None, Some(("1", "2026-11-01")), 0, 0, "was recorded there first"),
        (six_months, six_months, 1, 1, "has lived there for six months"),
    ];
    for (number, (first, second, first_is, ..)) in cases.iter().enumerate() {
        let number = number as u16;
        let time = |community: usize| if community == *first_is { early() } else { late() };
        hubs.record(0, time(0), &[person(number, &id_no(number), *first)]);
        hubs.record(1, time(1), &[person(number + 100, &id_no(number), *second)]);
    }
    hubs.record(0, early(), &[person(300, &id_no(300), None), person(301, "", None)]);
    hubs.record(1, early(), &[person(302, "", None)]);
    assert_eq!(resolve(&hubs.street, as_of_n()).expect("resolved"), cases.len());
    let told = told(&hubs.street);
    assert_eq!(told.len(), 2 * cases.len(), "each community is told, and only of those whom both have");
    for (number, (.., counted, why)) in cases.iter().enumerate() {
        let id_no = id_no(number as u16);
        let of_them: Vec<_> = told.iter().filter(|row| row[0] == id_no).collect();
        assert_eq!(of_them.len(), 2, "case {number}");
        for (row, unit) in of_them.iter().zip([COMMUNITY, NEIGHBOUR]) {
            assert_eq!(row[1..], [unit, COMMUNITIES[*counted], why, "street"], "case {number}");
        }
    }
}

#[test]
fn the_lowest_hub_that_covers_all_decides_and_no_other() {
    let hubs = Hubs::start();
    let near = Some(("1", "2020-01-01"));
    hubs.record(0, early(), &[person(1, &id_no(1), near), person(2, &id_no(2), near)]);
    hubs.record(1, early(), &[person(3, &id_no(1), None)]);
    hubs.record(2, early(), &[person(4, &id_no(2), None)]);
    let decided: Vec<usize> =
        hubs.all().map(|hub| resolve(hub, as_of_n()).expect("resolved")).into_iter().collect();
    assert_eq!(decided, [0, 1, 1, 0], "the district decides about one, the street about the other");
    for clerk in &hubs.clerks {
        let before = entries(clerk);
        assert_eq!(resolve(clerk, as_of_n()).expect("nothing to say"), 0);
        assert_eq!(entries(clerk), before);
    }
    // Known to all, nothing is decided again.
    for hub in hubs.all() {
        carry(&hubs.street, hub);
        carry(&hubs.district, hub);
    }
    for hub in hubs.all() {
        let before = entries(hub);
        assert_eq!(resolve(hub, as_of_n()).expect("resolved"), 0);
        assert_eq!(entries(hub), before, "deciding twice writes nothing");
    }
    let stages: Vec<String> =
        told(&hubs.city).into_iter().map(|row| format!("{} {}", row[1], row[4])).collect();
    let expected = [
        "3211/02/001/001 street",
        "3211/02/001/002 street",
        "3211/02/001/001 district",
        "3211/02/002/001 district",
    ];
    assert_eq!(stages, expected);
}

#[test]
fn a_person_of_three_communities_is_counted_in_one_by_the_hub_above_all() {
    let hubs = Hubs::start();
    hubs.record(0, early(), &[person(1, &id_no(1), None)]);
    hubs.record(1, late(), &[person(2, &id_no(1), Some(("3", "2020-01-01")))]);
    hubs.record(2, late(), &[person(3, &id_no(1), Some(("1", "2020-01-01")))]);
    assert_eq!(hubs.all().map(|hub| resolve(hub, as_of_n()).expect("resolved")), [0, 1, 1, 0]);
    let district: Vec<_> = told(&hubs.district).into_iter().filter(|row| row[4] == "district").collect();
    assert_eq!(district.iter().map(|row| row[1].as_str()).collect::<Vec<_>>(), COMMUNITIES);
    assert!(district.iter().all(|row| row[2] == FAR_COMMUNITY), "{district:?}");
    // The street sees two of them and says so at its stage, which the district's outranks.
    let street = told(&hubs.street);
    assert!(street.iter().all(|row| row[2] == NEIGHBOUR && row[4] == "street"), "{street:?}");
}

#[test]
fn what_changes_is_decided_anew_once() {
    let hubs = Hubs::start();
    hubs.record(0, early(), &[person(1, &id_no(1), None)]);
    hubs.record(1, late(), &[person(2, &id_no(1), None)]);
    assert_eq!(resolve(&hubs.street, as_of_n()).expect("resolved"), 1);
    assert!(told(&hubs.street).iter().all(|row| row[2] == COMMUNITY));
    hubs.record(1, late(), &[person(2, &id_no(1), Some(("1", "2026-10-01")))]);
    assert_eq!(resolve(&hubs.street, as_of_n()).expect("resolved"), 1);
    assert_eq!(resolve(&hubs.street, as_of_n()).expect("resolved"), 0);
    let told = told(&hubs.street);
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|row| row[2] == NEIGHBOUR), "{told:?}");
}
