//! A signature makes nothing true: what is signed and does not follow from the entries is found.

use linli_eval::Ratio;
use linli_log::{RawSegment, compact};
use linli_wire::Channel;

use super::{
    forgery::{Forgery, join},
    world::{CITY, COMMUNITY, NOW, STREET, World, both_standards, replica, snapshot, space},
};
use crate::{
    Compression, SnapshotError, container::Packed, limits::EXPANSION_MAX, scorecards, segments, verify,
};

#[test]
fn a_snapshot_without_its_last_entry_fails_whoever_signs_it() {
    let mut world = World::new(1);
    let before = Forgery::of(&world.snapshot(CITY, &both_standards()));
    world.telephone(0, "0511-7654321");
    world.gather();
    let after = world.snapshot(CITY, &both_standards());
    let forge = || Forgery::of(&after).replace("segments", before.section("segments").to_vec());
    let by_clerk = forge().sign(&world.clerk.identity().secret());
    assert!(matches!(
        verify(&by_clerk, world.realm),
        Err(SnapshotError::SignerWithoutGrant { signer, .. }) if signer == world.clerk.identity().device()
    ));
    // The street's hub is one for its own street, not for the city.
    let by_street = forge().sign(&world.street.identity().secret());
    assert!(matches!(verify(&by_street, world.realm), Err(SnapshotError::SignerWithoutGrant { .. })));
    let by_stranger = forge().sign(&replica().identity().secret());
    assert!(matches!(verify(&by_stranger, world.realm), Err(SnapshotError::SignerWithoutGrant { .. })));
    let by_hub = forge().sign(&world.city.identity().secret());
    assert!(matches!(
        verify(&by_hub, world.realm),
        Err(SnapshotError::Frontier { space: found }) if found == space(COMMUNITY, Channel::Records)
    ));
}

#[test]
fn an_entry_taken_out_of_a_log_breaks_its_chain() {
    let mut world = World::new(2);
    world.telephone(0, "0511-7654321");
    world.gather();
    let bytes = world.snapshot(CITY, &[]);
    let forgery = Forgery::of(&bytes);
    let section = forgery.section("segments").to_vec();
    let unit = &forgery.manifest.unit;
    let mut groups = segments::decode(&section, unit).expect("the section reads");
    let records =
        groups.iter().find(|group| group.space.channel == Channel::Records).expect("there are records");
    let RawSegment { log, mut entries, seal } =
        compact::decode(records.segments[0]).expect("the segment decodes");
    entries.remove(1);
    let shorter = compact::encode(&RawSegment { log, entries, seal }, compact::LEVEL_FAST);
    let at = groups.iter().position(|group| group.space.channel == Channel::Records);
    groups[at.expect("there are records")].segments[0] = &shorter;
    let forged = join(&groups);
    let forged = forgery.replace("segments", forged).sign(&world.city.identity().secret());
    let error = verify(&forged, world.realm).expect_err("an entry is missing");
    assert!(
        matches!(&error, SnapshotError::BrokenChain { log: Some(found), .. } if *found == log),
        "{error}"
    );
}

#[test]
fn a_changed_cell_of_a_table_is_named() {
    let mut world = World::new(2);
    let bytes = world.snapshot(CITY, &[]);
    world.telephone(1, "0511-7654321");
    world.gather();
    let other = Forgery::of(&world.snapshot(CITY, &[]));
    let secret = world.city.identity().secret();
    let table = "tables/household.parquet";
    let forged = Forgery::of(&bytes).replace(table, other.section(table).to_vec()).sign(&secret);
    let error = verify(&forged, world.realm).expect_err("a telephone number was changed");
    let expected = ("household", 2, "phone");
    assert!(
        matches!(&error, SnapshotError::TableDiffers { table, row, column } if (table.as_str(), *row, column.as_str()) == expected),
        "{error}"
    );
}

#[test]
fn a_row_more_or_less_and_another_table_are_found() {
    let mut world = World::new(1);
    let fewer = world.snapshot(CITY, &[]);
    world.household(5);
    world.gather();
    let more = world.snapshot(CITY, &[]);
    let secret = world.city.identity().secret();
    let swap = |into: &[u8], from: &[u8], name: &str, by: &str| {
        let bytes = Forgery::of(from).section(by).to_vec();
        verify(&Forgery::of(into).replace(name, bytes).sign(&secret), world.realm).expect_err("it is forged")
    };
    let person = "tables/person.parquet";
    for error in [swap(&fewer, &more, person, person), swap(&more, &fewer, person, person)] {
        assert!(matches!(&error, SnapshotError::TableDiffers { row: 2, .. }), "{error}");
    }
    let error = swap(&more, &more, person, "tables/member.parquet");
    assert!(matches!(&error, SnapshotError::TableColumns { table } if table == "person"), "{error}");
    let error = swap(&more, &more, person, "left_out");
    assert!(matches!(&error, SnapshotError::Parquet { table, .. } if table == "person"), "{error}");
}

#[test]
fn a_damaged_table_under_a_good_signature_ends_in_an_error() {
    let mut world = World::new(2);
    let bytes = world.snapshot(CITY, &[]);
    let secret = world.city.identity().secret();
    let name = "tables/household.parquet";
    let table = Forgery::of(&bytes).section(name).to_vec();
    for at in (0..table.len()).step_by(table.len() / 40) {
        let mut damaged = table.clone();
        damaged[at] ^= 0x41;
        let verified = verify(&Forgery::of(&bytes).replace(name, damaged).sign(&secret), world.realm);
        // Some of a file's bytes say nothing about its rows: then they are as they were.
        let named = match &verified {
            Ok(_) => "household",
            Err(
                SnapshotError::Parquet { table, .. }
                | SnapshotError::TableColumns { table }
                | SnapshotError::TableDiffers { table, .. },
            ) => table,
            Err(error) => panic!("byte {at}: {error}"),
        };
        assert_eq!(named, "household");
    }
}

#[test]
fn a_changed_score_is_named_with_its_item() {
    let mut world = World::new(2);
    let forgery = Forgery::of(&world.snapshot(CITY, &both_standards()));
    let mut cards = scorecards::decode(forgery.section("scorecards")).expect("the scorecards read");
    let item = cards[1].items.iter_mut().find(|item| item.id == "C10").expect("the standard has the item");
    item.points.min = Ratio::whole(1);
    item.points.max = Ratio::whole(1);
    let bytes = scorecards::encode(&cards).expect("they are no longer");
    let forged = forgery.replace("scorecards", bytes).sign(&world.city.identity().secret());
    let error = verify(&forged, world.realm).expect_err("a score was changed");
    assert!(
        matches!(&error, SnapshotError::ScorecardDiffers { unit, item, .. } if unit.as_str() == COMMUNITY && item == "item C10"),
        "{error}"
    );
}

#[test]
fn a_scorecard_that_was_taken_out_is_missed() {
    let mut world = World::new(2);
    let forgery = Forgery::of(&world.snapshot(CITY, &both_standards()));
    let mut cards = scorecards::decode(forgery.section("scorecards")).expect("the scorecards read");
    cards.remove(0);
    let bytes = scorecards::encode(&cards).expect("they are no longer");
    let forged = forgery.replace("scorecards", bytes).sign(&world.city.identity().secret());
    let error = verify(&forged, world.realm).expect_err("a scorecard is missing");
    assert!(
        matches!(&error, SnapshotError::ScorecardDiffers { unit, .. } if unit.as_str() == STREET),
        "{error}"
    );
}

#[test]
fn an_entry_taken_off_the_list_of_what_is_left_out_is_named() {
    let mut world = World::new(1);
    world.overstep();
    let forgery = Forgery::of(&world.snapshot(CITY, &[]));
    let mut list = crate::left_out::decode(forgery.section("left_out")).expect("the list reads");
    let taken = list.remove(0);
    let forged =
        forgery.replace("left_out", crate::left_out::encode(&list)).sign(&world.city.identity().secret());
    let error = verify(&forged, world.realm).expect_err("an entry is not listed");
    assert!(
        matches!(&error, SnapshotError::LeftOutDiffers { log, seq, .. } if (*log, *seq) == (taken.log, taken.seq)),
        "{error}"
    );
}

#[test]
fn a_hub_that_was_revoked_signs_no_more() {
    let mut world = World::new(1);
    let bytes = world.snapshot(COMMUNITY, &[]);
    world.revoke_city();
    world.gather();
    assert!(matches!(snapshot(&mut world.city, COMMUNITY, NOW, &[]), Err(SnapshotError::MayNotSign { .. })));
    let (honest, _) = snapshot(&mut world.street, COMMUNITY, NOW, &[]).expect("the street is a hub still");
    verify(&honest, world.realm).expect("an honest snapshot verifies");
    let forged = Forgery::of(&honest).sign(&world.city.identity().secret());
    assert!(matches!(verify(&forged, world.realm), Err(SnapshotError::SignerWithoutGrant { .. })));
    verify(&bytes, world.realm).expect("what was made before the revocation was known does not hold it");
}

#[test]
fn a_section_of_a_later_version_is_not_passed_over() {
    let mut world = World::new(1);
    let mut forgery = Forgery::of(&world.snapshot(COMMUNITY, &[]));
    forgery.sections.push(Packed::plain("attachments".to_owned(), vec![1]));
    let forged = forgery.sign(&world.city.identity().secret());
    let error = verify(&forged, world.realm).expect_err("this version does not know the section");
    assert!(matches!(&error, SnapshotError::NewerVersion(what) if what.contains("attachments")), "{error}");
}

#[test]
fn a_missing_or_repeated_section_is_named() {
    let mut world = World::new(1);
    let bytes = world.snapshot(COMMUNITY, &[]);
    let secret = world.city.identity().secret();
    for at in 0..Forgery::of(&bytes).sections.len() {
        let mut forgery = Forgery::of(&bytes);
        let taken = forgery.sections.remove(at).section.name;
        let error = verify(&forgery.sign(&secret), world.realm).expect_err("a section is missing");
        assert!(matches!(&error, SnapshotError::MissingSection { name } if *name == taken), "{error}");
    }
    let mut forgery = Forgery::of(&bytes);
    forgery.sections.push(forgery.sections[0].clone());
    let error = verify(&forgery.sign(&secret), world.realm).expect_err("a section stands twice");
    assert!(matches!(&error, SnapshotError::Content { name, .. } if name == "segments"), "{error}");
}

#[test]
fn a_section_becomes_no_larger_than_the_limit() {
    let mut world = World::new(1);
    let bytes = world.snapshot(COMMUNITY, &[]);
    let secret = world.city.identity().secret();
    let zeros = vec![0; 1 << 20];
    assert_eq!(Packed::compressed(String::new(), zeros.clone()).section.compression, Compression::None);
    let stored = zstd::bulk::compress(&zeros, 9).expect("memory compresses");
    let verify_with = |plain_bytes: usize| {
        let mut forgery = Forgery::of(&bytes);
        let packed = forgery.sections.last_mut().expect("it has sections");
        *packed = Packed::plain(packed.section.name.clone(), stored.clone());
        packed.section.compression = Compression::Zstd;
        packed.section.plain_bytes = plain_bytes as u64;
        verify(&forgery.sign(&secret), world.realm).expect_err("the section is zeros").to_string()
    };
    let limit = stored.len() * EXPANSION_MAX;
    assert!(!verify_with(limit).contains("larger than any honest section"));
    assert!(verify_with(limit + 1).contains("larger than any honest section"));
}

#[test]
fn whoever_may_only_look_signs_nothing() {
    let mut world = World::new(1);
    let mut auditor = world.auditor();
    let error = snapshot(&mut auditor, STREET, NOW, &[]).expect_err("an auditor is no hub");
    let device = auditor.identity().device();
    assert!(
        matches!(&error, SnapshotError::MayNotSign { device: found, unit } if (*found, unit.as_str()) == (device, STREET)),
        "{error}"
    );
    let (honest, _) = snapshot(&mut world.street, STREET, NOW, &[]).expect("the street is a hub");
    let error = verify(&Forgery::of(&honest).sign(&auditor.identity().secret()), world.realm)
        .expect_err("an auditor is no hub");
    assert!(
        matches!(&error, SnapshotError::SignerWithoutGrant { signer, .. } if *signer == device),
        "{error}"
    );
}
