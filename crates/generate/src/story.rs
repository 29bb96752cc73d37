//! What the people of one household have lived through, by the part that it plays.

use linli_model::idnumber::Sex;

use crate::{
    Plan,
    card::Member,
    dice::Dice,
    family::Shape,
    roles::Role,
    work::{self, Spell},
};

/// A household's part, worked out: who lives in it, and what happened to whom.
#[derive(Debug, Clone)]
pub struct Story {
    pub shape: Shape,
    pub low_income: bool,
    /// Those whom something happened to.
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    who: Who,
    spell: Spell,
    certified: Option<(&'static str, i64)>,
}

/// A member, told by what is known before the people are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Head,
    Husband,
    Wife,
    Child,
}

impl Story {
    pub fn of(dice: &mut Dice, plan: &Plan, role: Role) -> Self {
        match role {
            Role::Ordinary { .. } => {
                Self { shape: Shape::ordinary(dice), low_income: dice.chance(2), parts: Vec::new() }
            }
            Role::Placed { visited } => {
                let code = dice.pick(&["2", "2", "3"]);
                let older_too = if visited { 47 } else { 38 };
                Self::one(dice, older_too, |dice| placed(dice, plan, code))
            }
            Role::Unregistered => Self::one(dice, 47, |dice| placed(dice, plan, "4")),
            Role::Unplaced => Self::one(dice, 38, |dice| unplaced(dice, plan)),
            Role::Hardship { placed } => hardship(dice, plan, placed),
            Role::ClearedZero => cleared(dice, plan),
            Role::BothOut { placed } => both_out(dice, plan, placed),
        }
    }

    /// Gives every member a working life.
    pub fn live(&self, dice: &mut Dice, plan: &Plan, members: &mut [Member]) {
        for (at, member) in members.iter_mut().enumerate() {
            let Some(part) = self.parts.iter().find(|part| part.who.is(at, member)) else {
                work::ordinary(dice, member, plan.as_of, !self.parts.is_empty());
                continue;
            };
            if part.spell.reason == "02" {
                member.education = dice.pick(&["20", "30"]);
            }
            work::out_of_work(dice, member, part.spell);
            let disabled = part.certified.is_some_and(|(category, _)| category == "3");
            work::able(dice, member, if disabled { "2" } else { "1" }, "1");
            if let Some((category, day)) = part.certified {
                work::certify(dice, member, category, day);
            }
        }
    }

    /// The first days out of work and the days of placement of a family that has to be visited weekly.
    pub fn weekly(&self) -> Option<(i64, i64)> {
        let part = self.parts.iter().find(|part| matches!(part.certified, Some(("4", _))))?;
        Some((part.spell.onset, part.spell.placed?))
    }

    /// One spouse was out of work while the other worked.
    fn one(dice: &mut Dice, woman_max: i64, spell: impl FnOnce(&mut Dice) -> Spell) -> Self {
        let wife = dice.chance(55);
        let (man, woman) = if wife {
            let woman = dice.between(25, woman_max);
            (woman + dice.between(0, 4), woman)
        } else {
            let man = dice.between(28, 46);
            (man, man - dice.between(0, 4))
        };
        let children = u8::from(woman >= 27 && dice.chance(70));
        let spell = spell(dice);
        Self {
            shape: Shape::Couple { man, woman, children, parents: false },
            low_income: false,
            parts: vec![Part { who: if wife { Who::Wife } else { Who::Husband }, spell, certified: None }],
        }
    }
}

impl Who {
    fn is(self, at: usize, member: &Member) -> bool {
        let spouse = at < 2 && matches!(member.relation, "02" | "11" | "12");
        match self {
            Self::Head => at == 0,
            Self::Husband => spouse && member.sex == Sex::Male,
            Self::Wife => spouse && member.sex == Sex::Female,
            Self::Child => matches!(member.relation, "21" | "31"),
        }
    }
}

fn reason(dice: &mut Dice) -> &'static str {
    dice.weighted(&[(55, "01"), (25, "03"), (15, "04"), (5, "10")])
}

/// Out of work in the period, at work again at least forty days before T.
fn placed(dice: &mut Dice, plan: &Plan, code: &'static str) -> Spell {
    let onset = dice.between(plan.period_start - 100, plan.as_of - 100);
    let placed = dice.between((onset + 12).max(plan.period_start + 2), plan.as_of - 40);
    let earlier = (placed - onset > 150 && dice.chance(35)).then(|| {
        let from = onset + dice.between(15, 40);
        (from, from + dice.between(30, 80))
    });
    Spell { code, reason: reason(dice), onset, placed: Some(placed), earlier, aid_post: false }
}

fn unplaced(dice: &mut Dice, plan: &Plan) -> Spell {
    let code = dice.pick(&["2", "2", "3"]);
    let reason = reason(dice);
    if dice.chance(40) {
        let onset = plan.as_of - dice.between(220, 300);
        let from = onset + dice.between(15, 40);
        let earlier = Some((from, from + dice.between(30, 60)));
        return Spell { code, reason, onset, placed: None, earlier, aid_post: false };
    }
    let onset = plan.as_of - dice.between(35, 200);
    Spell { code, reason, onset, placed: None, earlier: None, aid_post: false }
}

fn hardship(dice: &mut Dice, plan: &Plan, is_placed: bool) -> Story {
    let category = if is_placed { dice.pick(&["1", "1", "1", "2", "3", "5", "6", "7", "8"]) } else { "3" };
    let mut spell = placed(dice, plan, "2");
    let since = plan.as_of - dice.between(120, 300);
    spell.earlier = None;
    spell.onset = if is_placed { spell.onset.min(plan.as_of - 100) } else { since };
    spell.placed = spell.placed.map(|day| day.max(spell.onset + 30)).filter(|_| is_placed);
    spell.aid_post = dice.chance(35);
    let mut who = if dice.chance(50) { Who::Wife } else { Who::Husband };
    let (mut man, mut woman) = (dice.between(30, 40), dice.between(28, 38));
    let mut children = u8::from(dice.chance(70));
    match category {
        "1" if who == Who::Wife => {
            woman = dice.between(42, 47);
            man = woman + dice.between(0, 3);
        }
        "1" => {
            // The other earner of the household is a grown-up child.
            man = dice.between(52, 57);
            woman = man - dice.between(0, 4);
            children = 1;
        }
        "5" => spell.reason = "09",
        "6" => (who, spell.reason) = (Who::Husband, "07"),
        "7" => spell.onset -= 400,
        "8" => {
            (who, spell.reason, spell.aid_post) = (Who::Child, "02", false);
            (man, woman, children) = (dice.between(48, 50), 47, 1);
        }
        _ => {}
    }
    let certified = match spell.placed {
        Some(placed) => dice.between(spell.onset.max(placed - 200) + 5, placed - 2),
        None => dice.between(spell.onset + 5, plan.as_of - 60),
    };
    Story {
        shape: Shape::Couple { man, woman, children, parents: false },
        low_income: category == "2",
        parts: vec![Part { who, spell, certified: Some((category, certified)) }],
    }
}

/// The only earner loses the work and is placed within thirty days.
fn cleared(dice: &mut Dice, plan: &Plan) -> Story {
    let sex = if dice.chance(50) { Sex::Male } else { Sex::Female };
    let age = dice.between(30, 38);
    let shape = if dice.chance(50) { Shape::Single { sex, age } } else { Shape::LoneParent { sex, age } };
    let onset = dice.between(plan.period_start + 5, plan.as_of - 100);
    let placed = onset + dice.between(8, 25);
    let spell = Spell {
        code: "2",
        reason: reason(dice),
        onset,
        placed: Some(placed),
        earlier: None,
        aid_post: dice.chance(30),
    };
    let certified = Some(("4", onset + dice.between(1, 4)));
    Story { shape, low_income: false, parts: vec![Part { who: Who::Head, spell, certified }] }
}

/// Both spouses lose their work. Placed: one within thirty days of the second loss, the other later.
fn both_out(dice: &mut Dice, plan: &Plan, is_placed: bool) -> Story {
    let woman = dice.between(28, 38);
    let man = woman + dice.between(0, 4);
    let first = dice.between(plan.period_start + 5, plan.as_of - 150);
    let second = first + dice.between(5, 35);
    let spell = |dice: &mut Dice, onset, placed: i64| Spell {
        code: dice.pick(&["2", "3"]),
        reason: reason(dice),
        onset,
        placed: is_placed.then_some(placed),
        earlier: None,
        aid_post: false,
    };
    let soon = second + dice.between(8, 25);
    let later = dice.between(second + 32, plan.as_of - 40);
    let husband = spell(dice, first, soon);
    let wife = spell(dice, second, later);
    Story {
        shape: Shape::Couple { man, woman, children: 1, parents: false },
        low_income: false,
        parts: vec![
            Part { who: Who::Husband, spell: husband, certified: None },
            Part { who: Who::Wife, spell: wife, certified: None },
        ],
    }
}
