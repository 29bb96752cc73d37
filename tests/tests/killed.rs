//! Power that fails and processes that are killed: whatever had been acknowledged is there.
//!
//! `LINLI_TESTS_SEED=n` chooses other moments; a failure prints the seed. The same seed gives the same
//! moments, though not the same interleaving.

use std::{collections::BTreeSet, env, thread::sleep, time::Duration};

use linli_tests::{CITY, COMMUNITY, DISTRICT, Place, Realm, STREET, eventually, people_csv, say, table};
use serde_json::Value;

/// Kills of an ordinary run; `LINLI_TESTS_KILLS` asks for more.
const ROUNDS: usize = 20;
const PEOPLE_PER_ROUND: usize = 25;
/// The latest moment of a kill after a sync has begun; a sync takes about half of it.
const KILL_AFTER_MS_MAX: u64 = 200;
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn what_was_acknowledged_outlives_every_kill_and_everything_converges() {
    let seed = env::var("LINLI_TESTS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    say(&format!("LINLI_TESTS_SEED={seed}"));
    let rounds = env::var("LINLI_TESTS_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let mut moments = Moments(seed);
    let realm = Realm::begin();
    let [city, mut district, mut street] = realm.serve_hubs();
    let desk = realm.place("desk");
    desk.run(&["join", &street.invite(COMMUNITY, "clerk")]).done();
    let mut work = Work::of(rounds);
    for round in 0..rounds {
        work.add(&realm, &desk, round);
        let moment = moments.next();
        say(&format!("round {round}: kill after {moment:?}"));
        let syncing = desk.start(&["sync", "--json"]);
        sleep(moment);
        match round % 3 {
            0 => drop(syncing.kill()),
            1 => {
                street.kill();
                // A device waits half a minute for a hub that fell silent; ten times that is too long here.
                syncing.kill();
                work.acknowledged_is_there(&desk, &street.place, STREET);
                street.start();
            }
            _ => {
                district.kill();
                syncing.finish(PATIENCE).done();
                street.kill();
                work.acknowledged_is_there(&desk, &street.place, STREET);
                work.acknowledged_is_there(&desk, &district.place, DISTRICT);
                district.start();
                street.start();
            }
        }
        // The clerk's own work is there, whatever happened to whom.
        assert_eq!(cards(&desk), work.all(), "round {round}");
    }
    everything_converges(&desk, &work);
    let mut places = vec![desk];
    for mut hub in [street, district, city] {
        hub.stop().done();
        places.push(hub.place.clone());
    }
    for place in places {
        assert_eq!(cards(&place), work.all(), "{} has every card", place.data.display());
        assert_eq!(place.json(&["status"])["left_out"], Value::from(Vec::<Value>::new()));
        place.is_sound();
    }
}

/// What the clerk has entered: after how many entries which cards were there.
#[derive(Debug)]
struct Work {
    /// The people of all rounds, headers first, and the cards of each.
    people: Vec<Vec<String>>,
    shares: Vec<BTreeSet<String>>,
    batches: Vec<(u64, BTreeSet<String>)>,
}

impl Work {
    fn of(rounds: usize) -> Self {
        let people = table(&people_csv(PEOPLE_PER_ROUND * rounds, 5).0);
        let mut numbers: Vec<&String> = people[1..].iter().map(|row| &row[0]).collect();
        numbers.dedup();
        let share = numbers.len().div_ceil(rounds);
        let shares = numbers.chunks(share).map(|share| share.iter().copied().cloned().collect()).collect();
        Self { people, shares, batches: Vec::new() }
    }

    /// Brings in further people, and notes how many entries there are then.
    fn add(&mut self, realm: &Realm, desk: &Place, round: usize) {
        let mine = self.shares.get(round).cloned().unwrap_or_default();
        let rows = self.people.iter().enumerate().filter(|(at, row)| *at == 0 || mine.contains(&row[0]));
        let file: String = rows.map(|(_, row)| row.join(",") + "\n").collect();
        let name = format!("round-{round}.csv");
        realm.write(&name, file);
        desk.json(&["import", &name]);
        let entries = standing(desk, STREET).1;
        self.batches.push((entries, mine));
    }

    fn all(&self) -> BTreeSet<String> {
        self.batches.iter().flat_map(|(_, cards)| cards).cloned().collect()
    }

    /// The device says how much of its work a hub holds. The hub, which was killed, does hold it.
    fn acknowledged_is_there(&self, desk: &Place, hub: &Place, unit: &str) {
        let (held, entries) = standing(desk, unit);
        let there = cards(hub);
        let acknowledged = self.batches.iter().filter(|(upto, _)| *upto <= held);
        let missing: Vec<&String> =
            acknowledged.flat_map(|(_, cards)| cards).filter(|card| !there.contains(*card)).collect();
        say(&format!("{unit} holds {held} of {entries} entries and has {} cards", there.len()));
        assert!(missing.is_empty(), "{unit} acknowledged {held} entries and lacks the cards {missing:?}");
    }
}

/// How many entries of the desk a unit's hub holds by its receipts, and how many there are.
fn standing(desk: &Place, unit: &str) -> (u64, u64) {
    let status = desk.json(&["status"]);
    let levels = status["held"].as_array().cloned().unwrap_or_default();
    let level = levels.into_iter().find(|level| level["unit"] == unit).expect("every level is listed");
    let number = |field: &str| level[field].as_u64().expect("what is held is counted");
    (number("held"), number("entries"))
}

fn cards(place: &Place) -> BTreeSet<String> {
    let rows = place.json(&["ledger", "household", "--unit", COMMUNITY]);
    let rows = rows.as_array().cloned().unwrap_or_default();
    rows.iter().filter_map(|row| row["card_no"].as_str()).map(str::to_owned).collect()
}

fn everything_converges(desk: &Place, work: &Work) {
    eventually("every level holds everything", PATIENCE, || {
        let outcome = desk.run(&["sync", "--json"]);
        if outcome.status != Some(0) {
            return Err(outcome.told());
        }
        let short = [STREET, DISTRICT, CITY].into_iter().find(|unit| {
            let (held, entries) = standing(desk, unit);
            held < entries
        });
        short.map_or(Ok(()), |unit| Err(format!("{unit}: {}", outcome.told())))
    });
    assert_eq!(cards(desk), work.all());
}

/// Moments that look random and are the same for the same seed (SplitMix64).
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Duration::from_millis((mixed ^ (mixed >> 31)) % KILL_AFTER_MS_MAX)
    }
}
