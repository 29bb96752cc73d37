//! What is wrong is refused with a reason, and leaves everything as it was.
//!
//! Directories of a newer version are tested beside the store, which alone can write one.

use std::{collections::BTreeSet, fs, path::Path};

use linli_node::{Node, Terms, invite};
use linli_tests::{
    CITY, COMMUNITY, Hub, OTHER_COMMUNITY, Place, Realm, STREET, linli, people_csv, table, verify_alone,
};
use linli_wire::TimeMs;
use serde_json::Value;

/// A realm with a serving city and street, a desk, and everything that can be wrong.
struct Setting {
    realm: Realm,
    city: Hub,
    street: Hub,
    desk: Place,
    expired: String,
}

impl Setting {
    fn new() -> Self {
        let realm = Realm::begin();
        let city = Hub::serve(&realm.city);
        let place = realm.place("street");
        place.run(&["hub", "init", "--invite", &city.invite(STREET, "hub")]).done();
        let expired = expired_invitation(&place.data);
        let street = Hub::serve(&place);
        let desk = realm.place("desk");
        desk.run(&["join", &street.invite(COMMUNITY, "clerk")]).done();
        let (csv, _) = people_csv(20, 1);
        realm.write("cards.csv", csv);
        desk.run(&["import", "cards.csv"]).done();
        desk.run(&["sync"]).done();
        Self { realm, city, street, desk, expired }
    }

    /// How much everybody holds, and which files there are.
    fn state(&self) -> (Vec<Value>, BTreeSet<String>) {
        let held = [&self.city.place, &self.street.place, &self.desk].map(|place| {
            let status = place.json(&["status"]);
            assert_eq!(status["left_out"], Value::from(Vec::<Value>::new()), "nothing bad got in");
            let devices = place.json(&["devices", "--all"]);
            serde_json::json!([status["entries"], status["people"], status["households"], devices])
        });
        (held.to_vec(), files(self.realm.path()))
    }
}

fn files(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).expect("the test's own directory can be read");
    entries.map(|entry| entry.expect("it is readable").file_name().to_string_lossy().into_owned()).collect()
}

/// An invitation that ended a moment ago; the command makes none that is good for less than a day.
fn expired_invitation(hub: &Path) -> String {
    let node = Node::open(hub).expect("the hub does not run yet");
    let terms = Terms {
        unit: COMMUNITY.parse().expect("the path of a unit is one"),
        rights: "clerk".parse().expect("clerks have rights"),
        not_after: None,
        label: String::new(),
    };
    let nowhere = ([127, 0, 0, 1], 9).into();
    let ended = TimeMs(linli_node::now().0 - 1);
    invite(&node, nowhere, terms, ended).expect("the hub may invite clerks").code()
}

#[test]
fn what_is_refused_says_why_and_changes_nothing() {
    let setting = Setting::new();
    let Setting { realm, city, street, desk, .. } = &setting;
    let other = realm.place("other");
    other.run(&["join", "--request", "other.request"]).done();
    damaged_files(&setting);
    let before = setting.state();
    let no_realm = "0".repeat(64);
    let cases: &[(&Place, &[&str], &[&str])] = &[
        // Rights: nobody hands on what they do not have.
        (desk, &["invite", "--unit", COMMUNITY], &["may invite nobody", "run `linli invite` on the hub"]),
        (&street.place, &["invite", "--unit", "3211/02/005/001"], &["does not stand above 3211/02/005/001"]),
        (&street.place, &["invite", "--unit", CITY, "--rights", "hub"], &["does not stand above 3211"]),
        (&street.place, &["invite", "--unit", "3211/02/004/999"], &["3211/02/004/999", "linli ledger unit"]),
        (
            &street.place,
            &["invite", "--unit", COMMUNITY, "--rights", "king"],
            &["king", "hub, clerk, auditor"],
        ),
        (
            &street.place,
            &["grant", "other.request", "--unit", "3211/02/005/001", "--out", "g"],
            &["does not stand above 3211/02/005/001"],
        ),
        (desk, &["grant", "other.request", "--unit", COMMUNITY, "--out", "g"], &["the right `issue`"]),
        (&street.place, &["grant", "cards.csv", "--unit", COMMUNITY, "--out", "g"], &["no join request"]),
        (&street.place, &["revoke", "dead", "--reason", "x"], &["`dead`", "linli devices"]),
        // Files that are not what they are taken for.
        (desk, &["join", "--grant", "other.request"], &["other.request is no grant"]),
        (&street.place, &["bundle", "import", "short.bundle"], &["short.bundle", "copy the file again"]),
        (&street.place, &["bundle", "import", "changed.bundle"], &["changed.bundle"]),
        (desk, &["bundle", "import", "whole.bundle"], &["for another device", "export it again"]),
        (desk, &["bundle", "export", "--for", "3211/03", "--to", "g"], &["no hub of 3211/03", "sync once"]),
        (desk, &["import", "not-a.xlsx"], &["not-a.xlsx", "save it again as .xlsx or as CSV UTF-8"]),
        (desk, &["import", "empty.csv"], &["empty.csv is empty", "begin with the template"]),
        (desk, &["import", "other-columns.csv"], &["other-columns.csv", "A colour", "rename or delete"]),
        (desk, &["import", "missing.csv"], &["cannot read missing.csv", "No such file"]),
        (&street.place, &["import", "cards.csv"], &["3211/02/004 is not a community", "name one like"]),
        (
            desk,
            &["snapshot", "verify", "cards.csv", "--realm", &no_realm],
            &["not a snapshot", "another file"],
        ),
        // Words that nobody knows.
        (desk, &["frobnicate"], &["frobnicate", "--help"]),
        (desk, &["evaluate", "--unit", "99"], &["`99`", "write it like 3211/02/001/001"]),
        (&city.place, &["evaluate", "--unit", "3311/02"], &["3311/02", "ask a hub that stands above it"]),
        (&street.place, &["explain", OTHER_COMMUNITY, "C99"], &["no item C99", "C01 C02"]),
        (&street.place, &["explain", "3211/02/005/001", "C10"], &["3211/02/005/001", "stands above it"]),
        (desk, &["card", "new", "address=朱方路1号", "opened=2199-01-01"], &["2199-01-01", "ahead"]),
        (&city.place, &["ledger", "L05", "--unit", "3211/99"], &["the realm has no unit 3211/99"]),
        (desk, &["ledger", "nothing"], &["no ledger or table `nothing`", "there are: L01"]),
        (desk, &["card", "show", "1"], &["no card 1", "linli card list"]),
        (
            desk,
            &["person", "status", "123", "2", "--since", "today"],
            &["123", "18 characters", "compare it"],
        ),
        // Directories.
        (&realm.place("nothing"), &["status"], &["no data in", "nothing", "linli join"]),
        (&other, &["sync"], &["no hub to sync with", "linli join CODE"]),
        (&city.place, &["hub", "serve"], &["already serves here", "stop"]),
    ];
    for (place, arguments, texts) in cases {
        place.run(arguments).refused(texts);
        place.run(&[*arguments, &["--json"]].concat()).refused(texts);
    }
    linli(realm.path(), &["status"]).refused(&["no data directory", "--data DIR", "LINLI_DATA"]);
    assert_eq!(setting.state(), before, "no refusal left anything behind");
    desk.is_sound();
}

/// Writes files that are cut short, changed, or something else altogether.
fn damaged_files(setting: &Setting) {
    let Setting { realm, street, desk, .. } = setting;
    desk.run(&["bundle", "export", "--for", STREET, "--to", "whole.bundle"]).done();
    let whole = fs::read(realm.path().join("whole.bundle")).expect("the bundle was written");
    realm.write("short.bundle", &whole[..whole.len() / 2]);
    let mut changed = whole;
    let middle = changed.len() - 40;
    changed[middle] ^= 1;
    realm.write("changed.bundle", changed);
    realm.write("not-a.xlsx", b"PK\x03\x04 and then nothing of the kind");
    realm.write("empty.csv", "");
    realm.write("other-columns.csv", "colour,name\nred,x\n");
    street.place.run(&["snapshot", "create", "whole.linli"]).done();
    let snapshot = fs::read(realm.path().join("whole.linli")).expect("the snapshot was written");
    for part in [1, 3, 7] {
        let short = realm.write("short.linli", &snapshot[..snapshot.len() * part / 8]);
        verify_alone(&short, &realm.id).refused(&["cut short", "fetch the whole file again"]);
    }
    let long = realm.write("long.linli", [&snapshot[..], b"more"].concat());
    verify_alone(&long, &realm.id).refused(&["4 bytes follow the end"]);
}

#[test]
fn nobody_joins_with_an_invitation_that_is_not_theirs_and_a_good_one_still_works() {
    let setting = Setting::new();
    let Setting { realm, street, desk, expired, .. } = &setting;
    let good = street.invite(COMMUNITY, "clerk");
    let used = street.invite(COMMUNITY, "clerk");
    realm.place("first").run(&["join", &used]).done();
    let (begin, end) = good.split_at(good.len() / 2);
    let mistyped = format!("{begin}{}{}", if end.starts_with('A') { "B" } else { "A" }, &end[1..]);
    let late = realm.place("late");
    for (code, texts) in [
        ("hello", ["does not begin with LINLI1:", "copy the whole code"]),
        (begin, ["cannot be read", "copy the whole code"]),
        (&mistyped, ["cannot be read", "copy the whole code"]),
        (expired, ["the invitation ended", "ask the hub for a new one"]),
        (&used, ["was redeemed by another device", "ask the hub for a new one"]),
    ] {
        late.run(&["join", code]).refused(&texts);
        late.run(&["status"]).refused(&["belongs to no realm", "linli join"]);
    }
    late.run(&["join", &good]).done();
    late.run(&["sync"]).done();

    // A device that lost its grant, and one of another realm that dials the right address.
    let key = late.json(&["status"])["device"].as_str().expect("a device has a key").to_owned();
    street.place.run(&["revoke", &key, "--reason", "lost"]).done();
    late.run(&["sync"]).refused(&[&key, "revoked"]);
    let elsewhere = Realm::begin();
    let stranger = elsewhere.join_by_files(&elsewhere.city, COMMUNITY, "clerk", "stranger");
    stranger.run(&["join", "--grant", "stranger.grant", "--address", &street.address]).done();
    stranger.run(&["sync"]).refused(&["error: "]);
    stranger.run(&["join", &street.invite(COMMUNITY, "clerk")]).refused(&[&elsewhere.id, "choose another"]);
    desk.run(&["sync"]).done();
    let status = street.place.json(&["status"]);
    assert_eq!(status["left_out"], Value::from(Vec::<Value>::new()), "{status}");
}

#[test]
fn bad_rows_are_named_and_the_good_ones_go_in() {
    let realm = Realm::begin();
    let desk = realm.join_by_files(&realm.city, COMMUNITY, "clerk", "desk");
    let (csv, rows) = people_csv(20, 1);
    let good = table(&csv);
    let column = |header: &str| good[0].iter().position(|h| h == header).expect("the file has the header");
    let mut bad = good.clone();
    for (row, header, value) in
        [(2, "公民身份号码", "110105194912310021"), (5, "姓名", ""), (9, "与户主关系", "邻居")]
    {
        bad[row - 1][column(header)] = value.to_owned();
    }
    let text = |rows: &[Vec<String>]| rows.iter().map(|row| row.join(",") + "\n").collect::<String>();
    realm.write("cards.csv", text(&bad));

    let report = desk.run(&["import", "cards.csv", "--json"]).partly().json();
    assert_eq!((&report["rows"], &report["refused_rows"]), (&rows.into(), &3.into()), "{report}");
    assert_eq!(report["people"]["new"], rows - 3, "{report}");
    let refused = report["refused"].as_array().expect("the refused cells are listed");
    let named: Vec<(u64, &str)> = refused
        .iter()
        .map(|cell| {
            assert!(cell["reason"].as_str().is_some_and(|reason| reason.len() > 10), "{cell}");
            (cell["row"].as_u64().expect("a row number"), cell["column"].as_str().expect("a column"))
        })
        .collect();
    assert_eq!(named, [(2, "citizen ID number"), (5, "name"), (9, "relation to head")], "{report}");
    let shown = desk.run(&["import", "cards.csv"]);
    shown.partly();
    assert!(
        shown.err.contains("3 of them refused") && shown.err.contains("import the file again"),
        "{}",
        shown.told()
    );

    realm.write("cards.csv", text(&good));
    let corrected = desk.json(&["import", "cards.csv"]);
    assert_eq!(corrected["people"]["new"], 3, "only what was missing goes in: {corrected}");
    assert_eq!(desk.json(&["status"])["people"], rows);
}

#[test]
fn a_directory_that_is_in_use_is_left_alone() {
    let realm = Realm::begin();
    let before = realm.city.files();
    let lock = fs::File::open(realm.city.data.join("lock")).expect("a data directory has a lock");
    lock.lock().expect("nobody holds it");
    realm.city.run(&["status"]).refused(&["another linli process", "city", "stop it"]);
    assert_eq!(realm.city.files(), before);
    drop(lock);
    realm.city.run(&["status"]).done();
}
