//! What reading a list of units promises.

use std::path::PathBuf;

use linli_wire::DeviceKey;

use super::*;
use crate::fixture::UNITS;

fn file(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("units.csv");
    std::fs::write(&path, content).expect("a file");
    (directory, path)
}

#[track_caller]
fn refused(content: &[u8], line: usize, why: &str) {
    let (_directory, path) = file(content);
    match read_units(&path) {
        Err(NodeError::BadUnits { path: named, line: at, reason }) => {
            assert_eq!(named, path);
            assert!(reason.contains(why), "{reason}");
            assert_eq!(at, line, "{reason}");
        }
        other => panic!("expected line {line}: {why}; got {other:?}"),
    }
}

#[test]
fn what_is_wrong_in_a_list_of_units_is_told_with_its_line() {
    let with = |lines: &str| format!("{UNITS}{lines}\n").into_bytes();
    refused(b"", 1, "the first line is `code,level,name,parent,programme`");
    refused(b"code,name\n", 1, "the first line is");
    refused(b"code,level,name,parent,programme\n", 1, "the file has none");
    refused(&with("321103,street,Wrong,3211,0"), 9, "321103 is a district, not a street");
    refused(&with("321103,district,Wrong,3212,0"), 9, "321103 does not lie in 3212");
    refused(
        &with("\n321103001,street,Orphan,321103,0"),
        10,
        "321103001 lies in a unit that is not in the file",
    );
    refused(&with("321102,district,Again,3211,0"), 9, "321102 stands twice, the first time in line 3");
    refused(&with("3212,city,Another,,0"), 9, "3212 is another");
    refused(&with("321103,district,Flag,3211,yes"), 9, "`yes` in the column programme; it is 0 or 1");
    refused(&with("321103,district,,3211,0"), 9, "321103 has no name");
    refused(&with("321103,district,Few,3211"), 9, "4 columns where five are due");
    refused(&with("32x103,district,Code,3211,0"), 9, "");
    refused(&with("32110,district,Code,3211,0"), 9, "");
    let mut latin = with("321103,district,Caf");
    latin.truncate(latin.len() - 1);
    latin.extend_from_slice(b"\xe9,3211,0\n");
    refused(&latin, 9, "it is not UTF-8; save the file as CSV UTF-8");
}

#[test]
fn a_list_from_a_spreadsheet_reads_like_one_from_an_editor() {
    let (_directory, plain) = file(UNITS.as_bytes());
    let plain = read_units(&plain).expect("sound");
    let spreadsheet = format!("\u{feff}{}", UNITS.replace('\n', "\r\n"));
    let (_directory, path) = file(spreadsheet.as_bytes());
    assert_eq!(read_units(&path).expect("sound"), plain);
    assert_eq!(plain.city().as_str(), "3211");
    let absent = read_units(&path.join("absent")).expect_err("no such file").to_string();
    assert!(absent.contains("check that it is there"), "{absent}");
}

#[test]
fn a_real_city_loads_and_its_units_are_in_the_table() {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../linli/src/demo/zhenjiang-units.csv"));
    let units = read_units(&path).expect("the list is sound");
    assert_eq!(units.0.len(), 837);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let root = Node::create(directory.path()).expect("a new device");
    let realm = init_realm(&root, &units, DeviceKey([9; 32])).expect("a new realm");
    assert_eq!(root.realm().expect("begun"), realm);
    root.materialise().expect("sound");
    let rows: Vec<(String, String, i64)> = root
        .with(|r| {
            r.query("SELECT unit, name, programme FROM unit ORDER BY unit", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
        })
        .expect("the published table");
    let expected: Vec<_> = units
        .0
        .iter()
        .map(|(unit, row)| (unit.to_string(), row.name.clone(), i64::from(row.programme)))
        .collect();
    assert_eq!(rows, expected);
    assert_eq!(root.with(|r| r.counts()).expect("counts").left_out, 0);
}

#[test]
fn a_replica_begins_one_realm() {
    let realm = crate::fixture::Realm::begin();
    let (_directory, path) = file(UNITS.as_bytes());
    let before = crate::fixture::entries(&realm.root);
    let again = init_realm(&realm.root, &read_units(&path).expect("sound"), DeviceKey([9; 32]));
    assert!(matches!(again, Err(NodeError::RealmBegun(_))), "{again:?}");
    assert_eq!(crate::fixture::entries(&realm.root), before);
}
