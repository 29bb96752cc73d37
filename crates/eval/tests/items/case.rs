//! A case: so many subjects of a part hit and so many miss, and what follows. Each is told in a street of its own,
//! and all of them are evaluated at once.

use linli_eval::{
    Evaluation, Part, PartScore, Ratio, Request, SIGN_OFF, Standard, State, evaluate,
    standard::{Item, Source},
};

use crate::support::{AS_OF, Sqlite, World, doc, path};

/// Tells a story with so many hits and so many misses.
pub type Story = fn(&mut Scene<'_>, usize, usize);

/// A part of an item, a story of it, and for each count (`4/5`, or `signed 0/0`) what it gives.
pub struct Told {
    pub part: &'static str,
    pub story: Story,
    pub cases: &'static [(&'static str, &'static str)],
}

/// Where a story happens: the unit that is scored and the communities whose people count for it.
pub struct Scene<'a> {
    pub world: &'a mut World,
    pub unit: String,
    pub members: Vec<String>,
    pub item: &'a Item,
    pub part: &'a Part,
}

impl Scene<'_> {
    /// Tells of each subject where it is and whether it is to hit; those of a street live in its communities by turns.
    pub fn each(&mut self, hits: usize, misses: usize, one: impl Fn(&mut World, &str, bool)) {
        for at in 0..hits + misses {
            let member = self.members[at % self.members.len()].clone();
            one(self.world, &member, at < hits);
        }
    }

    /// The subjects that the standard itself asks an inspector about.
    pub fn checks(&self) -> Vec<String> {
        let Source::Findings { checks, .. } = &self.part.source else { return Vec::new() };
        checks.iter().map(|check| check.subject.clone()).collect()
    }
}

/// The text of a case: whether the item is signed off, hits and subjects.
pub fn read(case: &str) -> (bool, usize, usize) {
    let counted = case.strip_prefix("signed ");
    let (hits, n) = counted.unwrap_or(case).split_once('/').expect("a case is hits/subjects");
    let number = |text: &str| text.parse().expect("hits and subjects are numbers");
    (counted.is_some(), number(hits), number(n))
}

/// The part of either standard that a case is about.
pub fn find<'a>(standards: &'a [Standard; 2], name: &str) -> (&'a Item, &'a Part) {
    let (item, part) = name.split_once('.').expect("a part is called item.part");
    let mut items = standards.iter().flat_map(|standard| &standard.items);
    let item = items.find(|i| i.id == item).unwrap_or_else(|| panic!("no item {item}"));
    let part = item.parts.iter().find(|p| p.id == part).unwrap_or_else(|| panic!("no part {name}"));
    (item, part)
}

/// A community of which a closed card and a dwelling register are known, and nobody.
fn begun(world: &mut World, unit: &str) {
    world.unit(unit, 1);
    let card = world.next_doc();
    let household = [("unit", unit.into()), ("doc", card.as_str().into()), ("state", "3".into())];
    world.add("household", &household);
    let dwelling = [
        ("unit", unit.into()),
        ("doc", doc(1).as_str().into()),
        ("dwelling_id", "gone".into()),
        ("start", "2010-01-01".into()),
        ("end", "2020-01-01".into()),
    ];
    world.add("dwelling", &dwelling);
}

/// Tells every case and compares all of them with what they are expected to give.
pub fn hold(told: &[Told]) {
    let standards = [Standard::community(), Standard::street()];
    let mut world = World::new();
    let mut units = Vec::new();
    for (at, (told, (case, expected))) in
        told.iter().flat_map(|told| told.cases.iter().map(move |case| (told, *case))).enumerate()
    {
        let (item, part) = find(&standards, told.part);
        let (signed, hits, n) = read(case);
        let street = format!("3211/02/{:03}", at + 100);
        let is_street = item.id.starts_with('S');
        world.unit(&street, i64::from(is_street));
        let members: Vec<String> =
            (1..=if is_street { 2 } else { 1 }).map(|n| format!("{street}/{n:03}")).collect();
        for member in &members {
            begun(&mut world, member);
        }
        let unit = if is_street { street } else { members[0].clone() };
        if signed {
            world.finding(&unit, (&item.id, SIGN_OFF, SIGN_OFF), 1, &[]);
        }
        let mut scene = Scene { world: &mut world, unit: unit.clone(), members, item, part };
        (told.story)(&mut scene, hits, n - hits);
        units.push((unit, told.part, case, expected));
    }
    let evaluation = evaluated(&world, &standards);
    let differs: Vec<String> = units
        .into_iter()
        .filter_map(|(unit, name, case, expected)| {
            let (item, part) = find(&standards, name);
            let score = scored(&evaluation, &unit, item, part);
            let counted = format!("{}/{}", score.hits, score.n);
            let counted_right = case.ends_with(&counted) && read(case).1 as u64 == score.hits;
            let found = format!("{counted}: {}", given(item, score));
            let right = counted_right && given(item, score) == expected;
            (!right).then(|| format!("{name} {case}: {expected}, and not {found}"))
        })
        .collect();
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}

fn evaluated(world: &World, standards: &[Standard; 2]) -> Evaluation {
    let request = Request::new(path("3211"), AS_OF, standards.iter().collect());
    evaluate(&mut Sqlite::of(world), &request).expect("the stories evaluate")
}

fn scored<'a>(evaluation: &'a Evaluation, unit: &str, item: &Item, part: &Part) -> &'a PartScore {
    let card = evaluation.scorecard(&path(unit)).expect("every story is scored");
    let score = card.item(&item.id).expect("the item is scored");
    score.parts.iter().find(|score| score.id == part.id).expect("the part is scored")
}

/// A street with one community.
pub struct Place {
    pub street: String,
    pub community: String,
}

/// Hits and subjects of each part after its story, all of them evaluated at once.
pub fn counted<S: FnOnce(&mut World, &Place)>(
    stories: impl Iterator<Item = (&'static str, S)>,
) -> Vec<(u64, u64)> {
    let standards = [Standard::community(), Standard::street()];
    let mut world = World::new();
    let told: Vec<(String, &str)> = stories
        .enumerate()
        .map(|(at, (name, story))| {
            let street = format!("3211/02/{:03}", at + 100);
            let is_street = name.starts_with('S');
            world.unit(&street, i64::from(is_street));
            let place = Place { community: format!("{street}/001"), street };
            begun(&mut world, &place.community);
            story(&mut world, &place);
            (if is_street { place.street } else { place.community }, name)
        })
        .collect();
    let evaluation = evaluated(&world, &standards);
    told.iter()
        .map(|(unit, name)| {
            let (item, part) = find(&standards, name);
            let score = scored(&evaluation, unit, item, part);
            (score.hits, score.n)
        })
        .collect()
}

/// What a part gives, exactly: `2/3`, `0…25 pending`, `25 not applicable`; a test of an item of which all have to
/// pass `passes` or `fails`.
fn given(item: &Item, score: &PartScore) -> String {
    let points = match (item.all_parts, score.passes) {
        (true, Some(true)) => "passes".to_owned(),
        (true, Some(false)) => "fails".to_owned(),
        (true, None) => "open".to_owned(),
        _ if score.points.min == score.points.max => exact(score.points.min),
        _ => format!("{}…{}", exact(score.points.min), exact(score.points.max)),
    };
    match score.state {
        State::Scored => points,
        State::Pending => format!("{points} pending"),
        State::NotApplicable => format!("{points} not applicable"),
    }
}

pub fn exact(points: Ratio) -> String {
    if points.den() == 1 { points.num().to_string() } else { points.to_string() }
}
