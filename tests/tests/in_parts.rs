//! A bundle in several parts, with photos: copied badly, out of order and twice, it comes together all the same.

use std::fs;

use linli_tests::{COMMUNITY, Place, Realm, STREET, people_csv};

const PEOPLE: usize = 30;
/// Together some 5 MB, and so three parts of 2 MiB.
const PHOTO_BYTES: [usize; 3] = [600_000, 1_900_000, 2_900_000];

#[test]
fn parts_come_together_out_of_order_twice_and_after_a_bad_copy() {
    let realm = Realm::begin();
    let street = realm.join_by_files(&realm.city, STREET, "hub", "street");
    let desk = realm.join_by_files(&street, COMMUNITY, "clerk", "desk");
    let (csv, rows) = people_csv(PEOPLE, 5);
    realm.write("cards.csv", csv);
    desk.json(&["import", "cards.csv"]);
    let card = a_card(&desk);
    let photos: Vec<Vec<u8>> = PHOTO_BYTES.iter().enumerate().map(|(n, len)| photo(n as u64, *len)).collect();
    for (n, bytes) in photos.iter().enumerate() {
        let name = format!("photo-{n}.jpg");
        realm.write(&name, bytes);
        desk.json(&["attach", "add", &card, &name]);
    }
    let sent = desk.json(&[
        "bundle",
        "export",
        "--for",
        STREET,
        "--to",
        "stick",
        "--split",
        "2MiB",
        "--attachments",
    ]);
    assert_eq!(sent["attachments"], PHOTO_BYTES.len(), "{sent}");
    let parts: Vec<&str> = sent["files"]
        .as_array()
        .expect("the parts are named")
        .iter()
        .filter_map(|part| part.as_str())
        .collect();
    assert!(parts.len() >= 3, "{sent}");

    // The last part first: its pieces belong to nothing that is here.
    let last = *parts.last().expect("there are parts");
    let early = street.json(&["bundle", "import", last]);
    assert!(early["pieces_left"].as_u64() > Some(0), "{early}");
    // Half of the first part, as of a stick that was pulled out.
    let whole = fs::read(desk.directory.join(parts[0])).expect("the part was written");
    realm.write("half", &whole[..whole.len() / 2]);
    let half = street.run(&["bundle", "import", "half", "--json"]).partly().json();
    assert!(half["cut"].is_string(), "{half}");
    // Then all parts, backwards, and the first one twice.
    let mut line = vec!["bundle", "import"];
    line.extend(parts.iter().rev());
    line.push(parts[0]);
    let taken = street.json(&line);
    assert_eq!((&taken["pieces_left"], &taken["early"]), (&0.into(), &0.into()), "{taken}");
    everything_is_here(&street, rows, &photos);
    let again = street.json(&["bundle", "import", "stick"]);
    assert_eq!((&again["new"], &again["attachments"]), (&0.into(), &0.into()), "{again}");
    everything_is_here(&street, rows, &photos);
    street.is_sound();
}

fn everything_is_here(street: &Place, rows: usize, photos: &[Vec<u8>]) {
    let people = street.json(&["ledger", "person", "--unit", COMMUNITY]);
    assert_eq!(people.as_array().map(Vec::len), Some(rows));
    let listed = street.json(&["attach", "list"]);
    let listed = listed.as_array().expect("the attachments are listed");
    assert_eq!(listed.len(), photos.len());
    for attachment in listed {
        let hash = attachment["sha256"].as_str().expect("it has a hash");
        street.run(&["attach", "save", hash, "--to", "saved.jpg"]).done();
        let saved = fs::read(street.directory.join("saved.jpg")).expect("it was written");
        assert!(photos.contains(&saved), "{attachment}");
    }
}

fn a_card(desk: &Place) -> String {
    let cards = desk.json(&["ledger", "household", "--unit", COMMUNITY]);
    cards[0]["card_no"].as_str().expect("a card has a number").to_owned()
}

/// What begins like a JPEG and then cannot be made smaller.
fn photo(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0];
    while bytes.len() < len {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(&state.to_be_bytes()[..4]);
    }
    bytes
}
