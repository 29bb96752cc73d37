//! Working lives: what somebody has been doing since when, in episodes that do not overlap.

use linli_model::idnumber::Sex;

use crate::{
    card::{Certification, Episode, Member, Placement},
    dates,
    dice::Dice,
    names,
};

/// The longest working life that is looked back on, in days.
const LOOK_BACK_DAYS: i64 = 6_000;
/// Whoever simply has work has had it for longer than this before T, in days.
const SETTLED_DAYS: i64 = 800;

/// A time out of work.
#[derive(Debug, Clone, Copy)]
pub struct Spell {
    /// 2 registered, 3 laid off, 4 without registering.
    pub code: &'static str,
    pub reason: &'static str,
    /// The first day out of work.
    pub onset: i64,
    /// The first day of the placement that lasts; none leaves the spell open.
    pub placed: Option<i64>,
    /// A placement in between that ended: its first and last day.
    pub earlier: Option<(i64, i64)>,
    /// Whether a public-welfare post is likely.
    pub aid_post: bool,
}

/// What somebody does who has no part to play: learns, works, keeps house, is retired. `steady` makes
/// everybody who may work work.
pub fn ordinary(dice: &mut Dice, member: &mut Member, as_of: i64, steady: bool) {
    let age = dates::age_years(member.birth, as_of);
    let (_, until) = dates::working_age(member.birth, member.sex, member.retirement);
    if until < as_of {
        status(dice, member, "7", until + 1, "21", "退休证");
        return;
    }
    if age < 23 && !(age >= 20 && dice.chance(20)) {
        if age >= 6 {
            let school = if age >= 16 { "在校证明" } else { "" };
            status(dice, member, "5", dates::birthday(member.birth, 6), "", school);
        }
        return;
    }
    let others: &[(u64, &'static str)] = match member.sex {
        _ if steady || age < 23 => &[(1, "1")],
        Sex::Female => &[(86, "1"), (11, "8"), (3, "9")],
        Sex::Male => &[(94, "1"), (2, "8"), (3, "9"), (1, "10")],
    };
    let code = dice.weighted(others);
    let from = settled_since(dice, member, as_of);
    match code {
        "9" => {
            status(dice, member, code, from, "23", "劳动能力鉴定结论");
            state(dice, member, "ability", "3", from, "劳动能力鉴定结论");
        }
        "10" => status(dice, member, code, from.max(as_of - 700), "26", "判决书"),
        _ => {
            status(dice, member, code, from, "", "");
            able(dice, member, "1", if code == "8" { "2" } else { "1" });
        }
    }
}

/// What somebody does who was out of work. The spell begins after a job, or after school for a graduate.
pub fn out_of_work(dice: &mut Dice, member: &mut Member, spell: Spell) {
    if spell.reason == "02" {
        let school = dates::birthday(member.birth, 6);
        status(dice, member, "5", school, "", "毕业证书");
    } else {
        let from = (spell.onset - LOOK_BACK_DAYS).max(dates::birthday(member.birth, 18));
        let from = dice.between(from, spell.onset - 400);
        status(dice, member, "1", from, "", "");
    }
    let former = if spell.reason == "02" { "" } else { names::employer(dice) };
    jobless(dice, member, spell, spell.onset, former);
    let last = spell.placed.map(|placed| (placed, None));
    for (from, until) in spell.earlier.map(|(from, until)| (from, Some(until))).into_iter().chain(last) {
        close_status(member, from - 1);
        status(dice, member, "1", from, "", "");
        let job = placement(dice, from, until, spell.aid_post && until.is_none());
        let employer = job.employer;
        member.placements.push(job);
        if let Some(until) = until {
            close_status(member, until);
            jobless(dice, member, Spell { reason: "04", ..spell }, until + 1, employer);
        }
    }
}

/// Somebody's ability to work and wish to work, since working age.
pub fn able(dice: &mut Dice, member: &mut Member, ability: &'static str, wish: &'static str) {
    let from = dates::birthday(member.birth, 16);
    state(dice, member, "ability", ability, from, if ability == "2" { "残疾人证" } else { "" });
    state(dice, member, "wish", wish, from, "");
}

/// An open episode of ability, wish or residence.
pub fn state(
    dice: &mut Dice,
    member: &mut Member,
    dimension: &'static str,
    code: &'static str,
    start: i64,
    evidence: &str,
) {
    let evidence = evidence.to_owned();
    member.episodes.push(Episode {
        key: dice.key(),
        dimension,
        code,
        start: start.max(member.birth),
        evidence,
        ..Episode::default()
    });
}

pub fn certify(dice: &mut Dice, member: &mut Member, category: &'static str, start: i64) {
    let worker = names::worker(dice);
    member.certifications.push(Certification { key: dice.key(), category, start, worker });
}

/// A job with its evidence.
pub fn placement(dice: &mut Dice, start: i64, end: Option<i64>, aid_post: bool) -> Placement {
    let form = if aid_post { "40" } else { dice.weighted(&[(65, "10"), (12, "20"), (23, "30")]) };
    let (evidence, mark) = match form {
        "40" => ("aid_post", "GY"),
        "20" => ("licence", "ZZ"),
        "30" => ("flexible", "LH"),
        _ => dice.pick(&[("contract", "HT"), ("contract", "HT"), ("insurance", "SB")]),
    };
    let own = matches!(form, "20" | "30");
    Placement {
        key: dice.key(),
        start,
        end,
        form,
        employer: if own { "" } else { names::employer(dice) },
        pay_yuan: dice.between(if form == "40" { 50 } else { 56 }, 130) * 50,
        evidence,
        evidence_ref: format!("{mark}{}{}", &dates::iso(start)[..4], dice.digits(6)),
        end_reason: if end.is_some() { "合同期满未续签" } else { "" },
        recorded_late: false,
    }
}

/// A new episode of status, open.
pub fn status(
    dice: &mut Dice,
    member: &mut Member,
    code: &'static str,
    start: i64,
    reason: &'static str,
    evidence: &str,
) {
    let evidence = evidence.to_owned();
    let episode =
        Episode { key: dice.key(), dimension: "status", code, start, reason, evidence, ..Episode::default() };
    close_status(member, start - 1);
    member.episodes.push(episode);
}

fn jobless(dice: &mut Dice, member: &mut Member, spell: Spell, start: i64, former: &'static str) {
    status(dice, member, spell.code, start, spell.reason, "");
    let certificate = format!("{}{}", &dates::iso(start)[..4], dice.digits(8));
    let episode = member.episodes.last_mut().expect("an episode was just added");
    episode.former_employer = former;
    if spell.code == "2" {
        episode.certificate = certificate;
    }
}

fn close_status(member: &mut Member, last_day: i64) {
    for episode in &mut member.episodes {
        if episode.dimension == "status" && episode.end.is_none() {
            episode.end = Some(last_day);
        }
    }
}

fn settled_since(dice: &mut Dice, member: &Member, as_of: i64) -> i64 {
    let adult = dates::birthday(member.birth, 18);
    dice.between(adult.max(as_of - LOOK_BACK_DAYS), (as_of - SETTLED_DAYS).max(adult))
}
