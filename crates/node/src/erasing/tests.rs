//! What erasing a document promises.

use linli_log::{Right, Rights};
use linli_model::{Edit, Value};

use super::*;
use crate::{
    fixture::{
        COMMUNITY, Chain, NEIGHBOUR, Realm, STREET, card, carry, converge, id, id_no, person, space, within,
        write,
    },
    resolve::resolve,
};

fn people(node: &Node) -> Vec<[String; 4]> {
    node.materialise().expect("sound");
    let sql = "SELECT unit, name, id_no, birth FROM person ORDER BY unit, doc";
    let read = |row: &rusqlite::Row<'_>| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]);
    node.with(|r| r.query(sql, [], read)).expect("a published table")
}

fn determinations(node: &Node) -> Vec<String> {
    node.materialise().expect("sound");
    let sql = "SELECT unit || ' ' || counted_unit FROM determination ORDER BY 1";
    node.with(|r| r.query(sql, [], |row| row.get(0))).expect("a published table")
}

fn records() -> Space {
    space(COMMUNITY, Channel::Records)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_whom_a_clerk_wrote_is_gone_at_the_clerk_and_every_hub_after_a_session() {
    let chain = within(Chain::start()).await;
    let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
    write(&clerk, COMMUNITY, &[card(1, "here"), person(2, &id_no(2), Some(("1", "2026-05-01")))]);
    let all = [&chain.city.node, &chain.district.node, &chain.street.node];
    converge(&chain.street.parent(), &[&clerk], &all).await;
    let plan = plan_erasure(&chain.street.node, &records(), id(2)).expect("it is here");
    assert!(plan.leaves_residue && plan.naming.is_empty());
    erase(&chain.street.node, &plan, "asked for").expect("a hub above may");
    converge(&chain.street.parent(), &[&clerk], &all).await;
    for node in all.into_iter().chain([&clerk]) {
        let [unit, name, number, birth] = &people(node)[0];
        assert_eq!((unit.as_str(), number.as_str(), birth.as_str()), (COMMUNITY, "", "1980-01-01"));
        assert_ne!(name, "王芳", "a residue stands in the place");
        let lived: Vec<String> =
            node.with(|r| r.query("SELECT start FROM episode", [], |row| row.get(0))).expect("a table");
        assert_eq!(lived, ["2026-05-01"], "and goes on being counted");
        assert!(node.with(|r| r.document(&records(), id(2))).expect("read").is_none());
        let held = node.with(|r| r.segments(&records())).expect("segments");
        let bytes = linli_log::compact::decode;
        let chunks = held.iter().flat_map(|segment| bytes(segment).expect("a segment").entries);
        let name = "王芳".as_bytes();
        for entry in chunks {
            for chunk in entry.changes().filter_map(|(_, chunk)| chunk) {
                assert!(!chunk.windows(name.len()).any(|window| window == name), "not a byte is kept");
            }
        }
        let erasures = node.with(|r| r.erasures()).expect("read");
        let listed: Vec<_> = erasures.iter().map(|e| (e.document, e.reason.as_str(), e.counts)).collect();
        assert_eq!(listed, [(id(2), "asked for", true)]);
        assert!(erasures[0].residue.is_some() && erasures[0].space == records());
    }
    let again = plan_erasure(&chain.street.node, &records(), id(2));
    assert!(matches!(again, Err(NodeError::NothingToErase(document)) if document == id(2)));
}

#[test]
fn residue_and_erasure_are_written_together_or_not_at_all() {
    let realm = Realm::begin();
    // One who may write in the oversight, where the residue stands, and may not erase.
    let half = Rights::of(&[Right::Oversight, Right::Notices]);
    let half = realm.enrol(&realm.root, "half", STREET, half);
    let hub = realm.enrol(&realm.root, "hub", STREET, Rights::hub());
    let clerk = realm.enrol(&realm.root, "clerk", COMMUNITY, Rights::clerk());
    write(&clerk, COMMUNITY, &[person(2, &id_no(2), None)]);
    for node in [&half, &hub] {
        carry(&realm.root, node);
        carry(&clerk, node);
    }
    let residues = |node: &Node| {
        let sql = "SELECT COUNT(*) FROM entry JOIN log USING (log_no) JOIN space USING (space_no)
                   WHERE space.channel = 2 AND log.own = 1 AND entry.kind = ?1";
        let changes = Kind::Changes.code() as i64;
        node.with(|r| r.query(sql, [changes], |row| row.get::<_, i64>(0))).expect("entries")[0]
    };
    let plan = plan_erasure(&half, &records(), id(2)).expect("it is here");
    let refused = erase(&half, &plan, "x");
    assert!(matches!(refused, Err(NodeError::Store(StoreError::NotAllowed { .. }))), "{refused:?}");
    assert_eq!(residues(&half), 0, "no residue without its erasure");
    assert_eq!(people(&half)[0][1], "王芳");
    for reason in [String::new(), " ".to_owned(), "x".repeat(FIELD_BYTES_MAX + 1)] {
        let refused = erase(&hub, &plan, &reason);
        assert!(matches!(refused, Err(NodeError::BadReason(bytes)) if bytes == reason.len()));
        assert_eq!(residues(&hub), 0);
    }
    let longest = "x".repeat(FIELD_BYTES_MAX);
    erase(&hub, &plan, &longest).expect("it may");
    assert_eq!(hub.with(|r| r.erasures()).expect("read")[0].reason, longest);
    assert_eq!(residues(&hub), 1);
    let kinds: Vec<(i64, i64)> = hub
        .with(|r| {
            let sql = "SELECT log_no, kind FROM entry JOIN log USING (log_no) JOIN space USING (space_no)
                       WHERE space.channel = 2 AND log.own = 1 ORDER BY entry_no DESC LIMIT 2";
            r.query(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .expect("entries");
    assert_eq!(kinds[0].1, Kind::Erase.code() as i64, "the residue comes first");
    assert_eq!(kinds[1].1, Kind::Changes.code() as i64);
}

#[test]
fn a_card_goes_without_its_members_and_without_a_residue() {
    let realm = Realm::begin();
    let hub = realm.enrol(&realm.root, "hub", STREET, Rights::hub());
    let clerk = realm.enrol(&hub, "clerk", COMMUNITY, Rights::clerk());
    write(&clerk, COMMUNITY, &[card(1, "here"), card(3, "there"), person(2, &id_no(2), None)]);
    carry(&clerk, &hub);
    let plan = plan_erasure(&hub, &records(), id(1)).expect("it is here");
    assert!(!plan.leaves_residue && plan.naming.is_empty());
    erase(&hub, &plan, "moved").expect("a hub above may");
    carry(&hub, &clerk);
    assert_eq!(crate::fixture::cards(&clerk), ["00003 there"]);
    assert_eq!(people(&clerk).len(), 1);
}

#[test]
fn what_names_the_person_goes_with_the_last_record_and_may_come_again() {
    let realm = Realm::begin();
    let hub = realm.enrol(&realm.root, "hub", STREET, Rights::hub());
    let here = realm.enrol(&hub, "here", COMMUNITY, Rights::clerk());
    let there = realm.enrol(&hub, "there", NEIGHBOUR, Rights::clerk());
    let number = id_no(2);
    let lives = |code| Some((code, "2026-10-30"));
    write(&here, COMMUNITY, &[person(2, &number, None), person(3, &number, None)]);
    write(&there, NEIGHBOUR, &[person(4, &number, lives("1"))]);
    let disproof = DocumentEdits {
        id: id(9),
        kind: &kind::DISPROOF,
        edits: vec![Edit::document("subject", Some(Value::from(number.as_str())))],
    };
    let as_of_n = 20_757;
    let decided = |both: [&Node; 2]| {
        for clerk in both {
            carry(clerk, &hub);
        }
        hub.materialise().expect("sound");
        resolve(&hub, as_of_n).expect("the hub decides");
        determinations(&hub)
    };
    let counted = |unit: &str| format!("{unit} {NEIGHBOUR}");
    assert_eq!(decided([&here, &there]), [counted(COMMUNITY), counted(NEIGHBOUR)]);
    let oversight = space(COMMUNITY, Channel::Oversight);
    hub.with(|r| r.write(crate::now(), |w| w.edit(&oversight, &[disproof], Changes::default())))
        .expect("a hub above may");

    let first = plan_erasure(&hub, &records(), id(2)).expect("it is here");
    assert!(!first.leaves_residue && first.naming.is_empty(), "the other record counts the person");
    erase(&hub, &first, "twice").expect("it may");
    let last = plan_erasure(&hub, &records(), id(3)).expect("it is here");
    assert_eq!(last.naming.len(), 2, "the determination and the disproof");
    assert!(!last.leaves_residue, "the neighbour counts the person");
    erase(&hub, &last, "asked for").expect("it may");
    assert_eq!(determinations(&hub), [counted(NEIGHBOUR)]);
    assert_eq!(people(&hub).len(), 1);

    carry(&hub, &here);
    write(&here, COMMUNITY, &[person(5, &number, None)]);
    assert_eq!(
        decided([&here, &there]),
        [counted(COMMUNITY), counted(NEIGHBOUR)],
        "who comes back is decided anew"
    );
}
