//! What communities, streets and districts have on record: written by their invented devices over a year, street by street
//! on every core, and taken in by the hub month by month.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use linli_eval::{Check, Standard};
use linli_generate::{
    Asked, Cells, Community, CommunityData, CommunityPart, Desk, DeskError, Diary, HouseholdData, Keeping,
    Plan, StreetPart,
};
use linli_model::date;
use linli_node::{Node, ReturnHead};
use linli_store::DocumentEdits;
use linli_wire::{Channel, DocId, Level, Space, UnitPath};

use super::{
    devices::{self, Devices},
    year::{Pages, Year},
};

/// One answer in so many is no, here and there, as in life.
const MISSED_EVERY: usize = 97;
/// Items of the community standard that inspectors look for where an office is not in order.
const NOT_IN_ORDER: [&str; 7] = ["C01", "C02", "C04", "C08", "C18", "C19", "C20"];

/// How much was written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Written {
    pub households: usize,
    pub people: usize,
    /// Traps that were set.
    pub traps: usize,
}

/// Households with a person whom another community has as well, by community.
pub type Pairs = BTreeMap<UnitPath, HouseholdData>;

/// A street's work: its own device and those of its communities.
struct Work<'a> {
    street: &'a StreetPart,
    device: Desk,
    communities: Vec<(&'a CommunityPart, Desk)>,
    /// What was written, by the step of the year in which the hub takes it in.
    sent: Vec<Vec<Vec<u8>>>,
}

/// Has every street and community write its records over the year, and the hub take them in at each step of it.
pub fn write_records(
    node: &Node,
    plan: &Plan,
    year: &Year,
    streets: &[StreetPart],
    pairs: &Pairs,
    devices: &mut Devices,
) -> Result<Written> {
    let mut work = Vec::new();
    for street in streets {
        let communities = street.communities.iter().map(|part| Ok((part, devices.take(&part.unit)?)));
        let communities = communities.collect::<Result<Vec<_>>>()?;
        let sent = vec![Vec::new(); year.steps().len()];
        work.push(Work { street, device: devices.take(&street.unit)?, communities, sent });
    }
    // The largest first, so that the last to end are small.
    work.sort_by_key(|work| work.communities.len());
    let queue = Mutex::new(work);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let write_all = || {
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut done = Vec::new();
        while let Some(mut work) = next() {
            let written = work.write(plan, year, pairs)?;
            done.push((work, written));
        }
        Ok::<_, DeskError>(done)
    };
    let done = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..threads).map(|_| scope.spawn(write_all)).collect();
        let joined = writers.into_iter().map(|writer| writer.join().expect("a writer does not panic"));
        joined.collect::<Result<Vec<_>, DeskError>>()
    })?;
    let mut total = Written::default();
    let mut sent = vec![Vec::new(); year.steps().len()];
    for (work, written) in done.into_iter().flatten() {
        total.households += written.households;
        total.people += written.people;
        total.traps += written.traps;
        for (all, part) in sent.iter_mut().zip(work.sent) {
            all.extend(part);
        }
        devices.put(work.street.unit.clone(), work.device);
        for (part, device) in work.communities {
            devices.put(part.unit.clone(), device);
        }
    }
    for (step, segments) in year.steps().iter().zip(sent) {
        year.set(*step);
        devices::hold(node, segments)?;
    }
    node.materialise()?;
    Ok(total)
}

impl Work<'_> {
    fn write(&mut self, plan: &Plan, year: &Year, pairs: &Pairs) -> Result<Written, DeskError> {
        let mut written = Written::default();
        let unit = &self.street.unit;
        let diary = Diary::of(plan, unit, Keeping::Prompt, year.until());
        let mut months: Vec<(i64, Cells)> = Vec::new();
        for (part, device) in &mut self.communities {
            let about =
                Community { unit: &part.unit, name: &part.name, index: part.index, quality: part.quality };
            let mut data = linli_generate::community(plan, &about);
            if part.trapped {
                written.traps += linli_generate::set_traps(plan, &mut data).len();
                written.traps += usize::from(linli_generate::certify_too_young(plan, &mut data));
                written.traps += usize::from(part.keeping == Keeping::Crammed);
            }
            written.households += data.households.len();
            written.people += data.people();
            let oversight = Space::new(part.unit.clone(), Channel::Oversight);
            let kept = kept_above(plan, part, &data, &diary);
            kept.write(&mut self.device, &oversight, year, &mut self.sent)?;

            let own = Diary::of(plan, &part.unit, part.keeping, year.until());
            let mut pages = own_pages(plan, part, &data, &own);
            data.households.extend(pairs.get(&part.unit).cloned());
            for household in &data.households {
                pages.extend(own.household(household));
            }
            let cells = linli_generate::as_known(plan, &data, &own);
            pages.extend(linli_generate::file(plan, &part.unit, &cells, part.keeping));
            add(&mut months, &cells);
            let records = Space::new(part.unit.clone(), Channel::Records);
            pages.write(device, &records, year, &mut self.sent)?;
            device.forget();
            self.device.forget();
        }
        let mut pages = Pages::default();
        for document in linli_generate::office(plan, unit, None) {
            pages.extend(diary.document(&document));
        }
        pages.extend(linli_generate::file(plan, unit, &months, Keeping::Prompt));
        pages.write(&mut self.device, &Space::new(unit.clone(), Channel::Records), year, &mut self.sent)?;
        self.device.forget();
        Ok(written)
    }
}

/// What a community writes about itself, its cards apart.
fn own_pages(plan: &Plan, part: &CommunityPart, data: &CommunityData, diary: &Diary) -> Pages {
    let mut pages = Pages::default();
    let profile = linli_generate::profile(plan, &part.unit, &part.name, data.households.len());
    let office = part.in_order.then(|| linli_generate::office(plan, &part.unit, Some(data)));
    for document in office.into_iter().flatten().chain([profile]) {
        pages.extend(diary.document(&document));
    }
    pages
}

/// What a street writes about a community. The days of exchange are counted when the year is over; without a computer nothing
/// is exchanged.
fn kept_above(plan: &Plan, part: &CommunityPart, data: &CommunityData, diary: &Diary) -> Pages {
    let mut pages = Pages::default();
    let register = linli_generate::dwelling_register(plan, data).into_iter();
    for document in register.chain(linli_generate::oversight(plan, data)) {
        pages.extend(diary.document(&document));
    }
    let exchanged = part.in_order.then(|| (diary.recorded(plan.as_of), linli_generate::exchanges(plan)));
    pages.extend(exchanged);
    pages
}

/// Adds a community's cells to those of its street.
fn add(months: &mut Vec<(i64, Cells)>, cells: &[(i64, Cells)]) {
    if months.is_empty() {
        months.extend_from_slice(cells);
        return;
    }
    for ((_, sums), (_, cells)) in months.iter_mut().zip(cells) {
        for ((_, sum), (_, count)) in sums.iter_mut().zip(cells) {
            *sum += count;
        }
    }
}

/// One person whom two communities have, in each pair of trapped communities of different districts.
pub fn pairs(plan: &Plan, streets: &[StreetPart]) -> Pairs {
    let trapped: Vec<&UnitPath> = streets
        .iter()
        .flat_map(|street| &street.communities)
        .filter(|part| part.trapped)
        .map(|part| &part.unit)
        .collect();
    let (first, second) = trapped.split_at(trapped.len() / 2);
    let district = |unit: &UnitPath| unit.at_level(Level::District);
    let pairs = first.iter().zip(second).filter(|(a, b)| district(a) != district(b));
    let planted = pairs.flat_map(|(here, there)| {
        let (in_first, in_second) = linli_generate::planted_pair(plan, here, there);
        [((*here).clone(), in_first), ((*there).clone(), in_second)]
    });
    planted.collect()
}

/// Every street files its register, with what its communities have on record by the day of this clock.
pub fn file_registers(node: &Node, plan: &Plan, streets: &[StreetPart], devices: &mut Devices) -> Result<()> {
    let today = node.now().day_number();
    let as_of = date::from_day_number(plan.as_of).map(date::to_iso).context("the period ends on a date")?;
    for street in streets {
        let cells = node.with(|r| linli_node::recount(r, &street.unit, plan.as_of, today))?;
        let head =
            ReturnHead { form: "register", month: &as_of[..7], filed_by: "李明", correction_of: None };
        let id = DocId::singleton(&format!("register {}", street.unit));
        let register = linli_node::return_document(id, &head, plan.as_of, today, &cells);
        let records = Space::new(street.unit.clone(), Channel::Records);
        devices.of(&street.unit)?.write(&records, vec![register], node.now())?;
    }
    devices.hand_over(node)
}

/// The districts answer on a day what records do not tell, in every community and street, and sign what may come out
/// empty.
pub fn answer_checks(
    node: &Node,
    day: i64,
    streets: &[StreetPart],
    [community, street]: [&Standard; 2],
    devices: &mut Devices,
) -> Result<()> {
    let mut number = 0;
    for part in streets {
        let below = part.communities.iter().map(|one| (&one.unit, one.in_order, community));
        for (unit, in_order, standard) in below.chain([(&part.unit, true, street)]) {
            number += 1;
            let answers = answers(unit, in_order, standard, number, day);
            let district = unit.at_level(Level::District).context("a street lies in a district")?;
            devices.of(&district)?.write(
                &Space::new(unit.clone(), Channel::Oversight),
                answers,
                node.now(),
            )?;
        }
    }
    devices.hand_over(node)
}

fn answers(
    unit: &UnitPath,
    in_order: bool,
    standard: &Standard,
    number: usize,
    day: i64,
) -> Vec<DocumentEdits> {
    let answer = |check: &Check, hit: bool| {
        let asked = Asked { item: &check.item, part: &check.part, subject: &check.subject };
        linli_generate::finding(unit, asked, hit, day)
    };
    let checks = standard.checks();
    let checked = checks.iter().enumerate().map(|(at, check)| {
        let missed = !in_order && NOT_IN_ORDER.contains(&check.item.as_str());
        answer(check, !missed && !(at + 7 * number).is_multiple_of(MISSED_EVERY))
    });
    checked.chain(standard.sign_offs().iter().map(|check| answer(check, true))).collect()
}
