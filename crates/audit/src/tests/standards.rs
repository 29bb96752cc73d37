//! A score counts by a standard that the verifier knows, not by one that a signer brings along.

use linli_eval::Standard;

use super::{
    forgery::Forgery,
    world::{AS_OF, CITY, NOW, World, both_standards, snapshot, unit},
};
use crate::{
    SnapshotError,
    scorecards::{self, Period},
    verify,
};

/// The community standard with the same id and version, by which one point is enough.
fn lenient() -> Standard {
    let files = Standard::community()
        .files()
        .map(|(name, content)| {
            let content = if name == "standard.toml" { lowered(content) } else { content.to_owned() };
            (name.to_owned(), content)
        })
        .collect::<Vec<_>>();
    Standard::load(files).expect("the pack can be read")
}

fn lowered(content: &str) -> String {
    let line = |line: &str| {
        if line.starts_with("threshold") { "threshold = \"1\"".to_owned() } else { line.to_owned() }
    };
    content.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn is_lenient(error: &SnapshotError) -> bool {
    let (known, lenient) = (Standard::community(), lenient());
    matches!(
        error,
        SnapshotError::UnknownStandard { id, version, hash }
            if (id, version, *hash) == (&known.id, &known.version, lenient.hash) && *hash != known.hash
    )
}

#[test]
fn a_standard_under_a_known_name_with_a_lower_threshold_is_refused() {
    let mut world = World::new(2);
    let honest = world.snapshot(CITY, &both_standards());
    verify(&honest, world.realm).expect("an honest snapshot verifies");
    let (lenient, street) = (lenient(), Standard::street());
    let period = Period { as_of: AS_OF, start: None, close: None };
    let mut in_force = period.in_force(&world.city, &unit(CITY)).expect("the realm has packs");
    for hash in in_force.scored_by.values_mut().filter(|hash| **hash == Standard::community().hash) {
        *hash = lenient.hash;
    }
    let cards = scorecards::compute(&world.city, &unit(CITY), period, &in_force, vec![&lenient, &street]);
    let cards = scorecards::encode(&cards.expect("the subtree can be scored")).expect("they are no longer");
    let content =
        lenient.files().find(|(name, _)| *name == "standard.toml").expect("a pack has its heading").1;
    let forged = Forgery::of(&honest)
        .replace(
            &format!("standards/{}/standard.toml", Standard::community().hash),
            content.as_bytes().to_vec(),
        )
        .replace("scorecards", cards)
        .sign(&world.city.identity().secret());
    let error = verify(&forged, world.realm).expect_err("the standard is another");
    assert!(is_lenient(&error), "{error}");
}

#[test]
fn no_hub_makes_a_snapshot_by_a_standard_that_no_reader_knows() {
    let mut world = World::new(1);
    let error = snapshot(&mut world.city, CITY, NOW, &[lenient()]).expect_err("nobody would believe it");
    assert!(is_lenient(&error), "{error}");
}
