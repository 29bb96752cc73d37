//! What communities, streets and districts have on record: written by their invented devices, street by street on
//! every core.

use std::sync::{Mutex, PoisonError, mpsc};

use anyhow::{Context as _, Result};
use linli_eval::{Check, Standard};
use linli_generate::{Asked, Community, CommunityPart, Desk, DeskError, Plan, StreetPart};
use linli_model::date;
use linli_node::{Node, ReturnHead, now};
use linli_store::DocumentEdits;
use linli_wire::{Channel, DocId, Level, Space, TimeMs, UnitPath};

use super::devices::{self, Devices};

/// Streets whose work may wait for the hub to take it in.
const WAITING_MAX: usize = 2;
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

/// A street's work: its own device and those of its communities.
struct Work<'a> {
    street: &'a StreetPart,
    device: Desk,
    communities: Vec<(&'a CommunityPart, Desk)>,
}

/// Has every street and community write its records, and the hub take them in as they come.
pub fn write_records(
    node: &Node,
    plan: &Plan,
    streets: &[StreetPart],
    devices: &mut Devices,
) -> Result<Written> {
    let mut work = Vec::new();
    for street in streets {
        let communities = street.communities.iter().map(|part| Ok((part, devices.take(&part.unit)?)));
        let communities = communities.collect::<Result<Vec<_>>>()?;
        work.push(Work { street, device: devices.take(&street.unit)?, communities });
    }
    // The largest first, so that the last to end are small.
    work.sort_by_key(|work| work.communities.len());
    let queue = Mutex::new(work);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (sender, receiver) = mpsc::sync_channel(WAITING_MAX);
    let mut total = Written::default();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (queue, sender) = (&queue, sender.clone());
            scope.spawn(move || {
                let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
                while let Some(mut work) = next() {
                    let written = work.write(plan, now());
                    if sender.send((work, written)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (mut work, written) in receiver {
            let written = written?;
            total.households += written.households;
            total.people += written.people;
            total.traps += written.traps;
            let own = work.device.segments();
            let below = work.communities.iter_mut().flat_map(|(_, device)| device.segments());
            devices::take_in(node, own.into_iter().chain(below).collect())?;
            devices.put(work.street.unit.clone(), work.device);
            for (part, device) in work.communities {
                devices.put(part.unit.clone(), device);
            }
        }
        Ok(total)
    })
}

impl Work<'_> {
    fn write(&mut self, plan: &Plan, now: TimeMs) -> Result<Written, DeskError> {
        let mut written = Written::default();
        let own = Space::new(self.street.unit.clone(), Channel::Records);
        self.device.write(&own, linli_generate::office(plan, &self.street.unit, None), now)?;
        for (part, device) in &mut self.communities {
            let about =
                Community { unit: &part.unit, name: &part.name, index: part.index, quality: part.quality };
            let mut data = linli_generate::community(plan, &about);
            if part.trapped {
                written.traps += linli_generate::set_traps(plan, &mut data).len();
            }
            let records = Space::new(part.unit.clone(), Channel::Records);
            let profile = linli_generate::profile(plan, &part.unit, &part.name, data.households.len());
            device.write(&records, vec![profile], now)?;
            if part.in_order {
                device.write(&records, linli_generate::office(plan, &part.unit, Some(&data)), now)?;
            }
            for household in &data.households {
                device.write(&records, household.documents.clone(), now)?;
            }
            let oversight = Space::new(part.unit.clone(), Channel::Oversight);
            for register in linli_generate::dwelling_register(plan, &data) {
                self.device.write(&oversight, vec![register], now)?;
            }
            let mut kept = linli_generate::oversight(plan, &data);
            // Without a computer nothing is exchanged.
            kept.extend(part.in_order.then(|| linli_generate::exchanges(plan)));
            self.device.write(&oversight, kept, now)?;
            written.households += data.households.len();
            written.people += data.people();
        }
        Ok(written)
    }
}

/// One person whom two communities have, in each pair of trapped communities of different districts. Returns how many.
pub fn plant_pairs(node: &Node, plan: &Plan, streets: &[StreetPart], devices: &mut Devices) -> Result<usize> {
    let trapped: Vec<&UnitPath> = streets
        .iter()
        .flat_map(|street| &street.communities)
        .filter(|part| part.trapped)
        .map(|part| &part.unit)
        .collect();
    let (first, second) = trapped.split_at(trapped.len() / 2);
    let district = |unit: &UnitPath| unit.at_level(Level::District);
    let pairs: Vec<_> = first.iter().zip(second).filter(|(a, b)| district(a) != district(b)).collect();
    for (here, there) in &pairs {
        let (in_first, in_second) = linli_generate::planted_pair(plan, here, there);
        for (unit, household) in [(here, in_first), (there, in_second)] {
            let records = Space::new((**unit).clone(), Channel::Records);
            devices.of(unit)?.write(&records, household.documents, now())?;
        }
    }
    devices.hand_over(node)?;
    Ok(pairs.len())
}

/// Every street files its register, with what its communities have on record today.
pub fn file_registers(node: &Node, plan: &Plan, streets: &[StreetPart], devices: &mut Devices) -> Result<()> {
    let today = now().day_number();
    let as_of = date::from_day_number(plan.as_of).map(date::to_iso).context("the period ends on a date")?;
    for street in streets {
        let cells = node.with(|r| linli_node::recount(r, &street.unit, plan.as_of, today))?;
        let head =
            ReturnHead { form: "register", month: &as_of[..7], filed_by: "李明", correction_of: None };
        let id = DocId::singleton(&format!("register {}", street.unit));
        let register = linli_node::return_document(id, &head, plan.as_of, today, &cells);
        let records = Space::new(street.unit.clone(), Channel::Records);
        devices.of(&street.unit)?.write(&records, vec![register], now())?;
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
            devices.of(&district)?.write(&Space::new(unit.clone(), Channel::Oversight), answers, now())?;
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
