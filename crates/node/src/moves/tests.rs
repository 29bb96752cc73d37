//! What the hub does about an offer that nobody answers.

use linli_log::Rights;
use linli_model::date;

use super::*;
use crate::{
    Node,
    fixture::{COMMUNITY, NEIGHBOUR, Realm, STREET, carry, id, id_no, person, write},
    resolve::resolve,
};

/// An offer by the first community of a person to the second, dated so many days ago, as the street has it.
fn offered(days_ago: i64) -> (Node, i64) {
    let realm = Realm::begin();
    let street = realm.enrol(&realm.root, "street", STREET, Rights::hub());
    let clerk = realm.enrol(&realm.root, "clerk", COMMUNITY, Rights::clerk());
    carry(&realm.root, &street);
    let today = crate::now().day_number();
    let day = date::from_day_number(today - days_ago).map(date::to_iso).expect("a day of this century");
    let edits = filled(&[
        ("from_unit", COMMUNITY),
        ("to_unit", NEIGHBOUR),
        ("person", &id(1).to_string()),
        ("id_no", &id_no(1)),
        ("day", &day),
    ]);
    let offer = DocumentEdits { id: id(2), kind: &kind::MOVE_OFFER, edits };
    write(&clerk, COMMUNITY, &[person(1, &id_no(1), Some(("1", "2020-01-01"))), offer]);
    carry(&clerk, &street);
    resolve(&street, today).expect("resolved");
    street.materialise().expect("sound");
    (street, today)
}

fn rows(node: &Node, sql: &str) -> Vec<(String, String)> {
    node.with(|r| r.query(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))).expect("a published table")
}

const COPIES: &str = "SELECT unit, person FROM move_offer WHERE unit = to_unit";
const ANSWERS: &str = "SELECT unit, decision FROM move_answer ORDER BY unit";

#[test]
fn an_offer_waits_for_its_answer_and_ten_working_days_later_the_hub_leaves_the_person_with_the_sender() {
    let (street, today) = offered(3);
    assert_eq!(rows(&street, COPIES), [(NEIGHBOUR.to_owned(), id(1).to_string())]);
    assert!(rows(&street, ANSWERS).is_empty());
    let before = crate::fixture::entries(&street);
    resolve(&street, today).expect("resolved");
    assert_eq!(crate::fixture::entries(&street), before, "carrying twice writes nothing");
    // Ten working days end within a month, whatever the holidays.
    let (street, _) = offered(31);
    let refused = |unit: &str| (unit.to_owned(), "refused".to_owned());
    assert_eq!(rows(&street, ANSWERS), [refused(COMMUNITY), refused(NEIGHBOUR)]);
    assert!(
        rows(&street, "SELECT unit, counted_unit FROM determination").is_empty(),
        "the sender goes on counting"
    );
}

#[test]
fn an_offer_that_was_passed_on_and_not_answered_is_refused_beside_its_copy() {
    let (street, today) = offered(3);
    assert_eq!(rows(&street, COPIES).len(), 1);
    // A month later: the hub's clock decides, not the day that is evaluated.
    let later = Date::from_day_number(today + 31);
    let due = street.with(|r| {
        let arrangement = r.trust().arrangement(today);
        due(r, &STREET.parse().expect("a path"), &arrangement, later)
    });
    let due = due.expect("read");
    assert_eq!(due.len(), 2, "one answer to each");
    street
        .with(|r| {
            r.write(crate::now(), |w| {
                for (space, document) in due {
                    w.edit(&space, &[document], linli_log::fact::Changes::default())?;
                }
                Ok::<_, StoreError>(())
            })
        })
        .expect("they stand beside the copy");
    street.materialise().expect("sound");
    let refused = |unit: &str| (unit.to_owned(), "refused".to_owned());
    assert_eq!(rows(&street, ANSWERS), [refused(COMMUNITY), refused(NEIGHBOUR)]);
}
