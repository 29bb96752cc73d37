//! What invented people, their employers and their visitors are called.
//!
//! Family names are the common ones; given names are put together from two lists of characters, so that a
//! full name is nobody's in particular. Employers are invented. Telephone numbers begin with 12, as no
//! mobile number in China does.

use linli_model::idnumber::Sex;

use crate::dice::Dice;

const SURNAMES: [&str; 48] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何",
    "高", "林", "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "肖", "田",
    "董", "袁", "潘", "于", "蒋", "蔡", "余", "杜", "叶", "程", "苏", "魏", "吕", "丁",
];

const MALE: [&str; 24] = [
    "建", "国", "志", "明", "伟", "军", "强", "平", "文", "斌", "海", "林", "江", "涛", "浩", "宇", "俊",
    "杰", "峰", "康", "宁", "诚", "阳", "松",
];

const FEMALE: [&str; 24] = [
    "秀", "英", "兰", "芳", "丽", "敏", "静", "娟", "霞", "红", "梅", "玲", "燕", "萍", "洁", "琳", "雪",
    "婷", "颖", "慧", "欣", "怡", "琴", "月",
];

const EMPLOYERS: [&str; 16] = [
    "江岸面粉加工厂",
    "青禾连锁便利店",
    "双桥物业服务部",
    "丰沛物流货运站",
    "云台电子装配厂",
    "长堤家政服务社",
    "金穗粮油门市部",
    "北固里餐饮店",
    "同泰服装加工厂",
    "晨曦保洁服务队",
    "运河印刷厂",
    "永顺建材经营部",
    "宝塔山园林养护队",
    "和睦养老照料中心",
    "新渡口农贸市场",
    "百工汽车修理厂",
];

const WORKERS: [&str; 5] = ["周敏", "顾海平", "蒋月琴", "陆宁", "沈建文"];

const SKILLS: [&str; 10] =
    ["电工", "焊工", "缝纫", "烹饪", "驾驶", "家政服务", "会计", "计算机操作", "养老护理", "茶艺"];

const VISIT_RESULTS: [&str; 6] = [
    "情况属实",
    "在岗，工作稳定",
    "已核对家庭成员信息",
    "已告知近期岗位信息",
    "身体良好，无新需求",
    "已送达政策宣传单",
];

pub fn surname(dice: &mut Dice) -> &'static str {
    dice.pick(&SURNAMES)
}

/// A full name: the family name and one or two characters.
pub fn full_name(dice: &mut Dice, surname: &str, sex: Sex) -> String {
    let list = match sex {
        Sex::Male => &MALE,
        Sex::Female => &FEMALE,
    };
    let first = dice.pick(list);
    let second = if dice.chance(75) { dice.pick(list) } else { "" };
    format!("{surname}{first}{second}")
}

pub fn employer(dice: &mut Dice) -> &'static str {
    dice.pick(&EMPLOYERS)
}

/// The name of a worker of the community.
pub fn worker(dice: &mut Dice) -> &'static str {
    dice.pick(&WORKERS)
}

/// A skill, or nothing.
pub fn skills(dice: &mut Dice) -> &'static str {
    if dice.chance(35) { dice.pick(&SKILLS) } else { "" }
}

pub fn visit_result(dice: &mut Dice) -> &'static str {
    dice.pick(&VISIT_RESULTS)
}

/// A mobile number that nobody can have.
pub fn phone(dice: &mut Dice) -> String {
    format!("12{}", dice.digits(9))
}

/// The name of a community as it stands in an address: without the name of its committee.
pub fn place_name(community: &str) -> &str {
    ["居民委员会", "村民委员会", "居委会", "村委会"]
        .iter()
        .find_map(|committee| community.strip_suffix(committee))
        .filter(|place| !place.is_empty())
        .unwrap_or(community)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_the_place_and_not_its_committee() {
        for (community, place) in [
            ("朱方路社区居委会", "朱方路社区"),
            ("双塔村村民委员会", "双塔村"),
            ("桃园社区", "桃园社区"),
            ("居委会", "居委会"),
        ] {
            assert_eq!(place_name(community), place);
        }
    }
}
