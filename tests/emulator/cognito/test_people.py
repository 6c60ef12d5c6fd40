"""Administrators' work: users, their attributes and groups, lists and filters, passwords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.cognito import passwords
from emulator.cognito.errors import (
    AliasExistsError,
    GroupExistsError,
    InvalidParameterError,
    InvalidPasswordError,
    NotFoundError,
    UsernameExistsError,
    UserNotFoundError,
    UserStateError,
)
from tests.emulator.cognito.people import EMAIL, PASSWORD, Directory

POLICY = {
    "MinimumLength": 10,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
}


def _attributes(directory: Directory, name: str = EMAIL) -> dict[str, str]:
    return {one["Name"]: one["Value"] for one in directory.here("AdminGetUser", Username=name)["UserAttributes"]}


def _update(directory: Directory, **given: str) -> None:
    listed = [{"Name": name.replace("__", ":"), "Value": value} for name, value in given.items()]
    directory.here("AdminUpdateUserAttributes", Username=EMAIL, UserAttributes=listed)


def _listed(directory: Directory, text: str) -> list[str]:
    users = directory.here("ListUsers", Filter=text)["Users"]
    return sorted(one["Value"] for user in users for one in user["Attributes"] if one["Name"] == "email")


def test_a_created_user_must_change_the_password(directory: Directory) -> None:
    made = directory.here("AdminCreateUser", Username="ben@clinic.example", TemporaryPassword="Temporary-5-horse")["User"]
    assert (made["UserStatus"], made["Enabled"]) == ("FORCE_CHANGE_PASSWORD", True)
    assert {"Name": "email", "Value": "ben@clinic.example"} in made["Attributes"]


def test_an_address_is_taken_whatever_its_capitals(directory: Directory) -> None:
    with pytest.raises(UsernameExistsError):
        directory.here("AdminCreateUser", Username="ANNA@clinic.example")


def test_a_user_name_must_be_an_address_where_addresses_sign_in(directory: Directory) -> None:
    with pytest.raises(InvalidParameterError, match="Username should be an email"):
        directory.here("AdminCreateUser", Username="anna")


def test_a_pool_without_addresses_keeps_the_user_name_and_its_capitals(directory: Directory) -> None:
    pool_id = directory.ask("CreateUserPool", PoolName="plain")["UserPool"]["Id"]
    made = directory.ask("AdminCreateUser", UserPoolId=pool_id, Username="Anna")["User"]
    assert made["Username"] == "Anna"
    with pytest.raises(UserNotFoundError):
        directory.ask("AdminGetUser", UserPoolId=pool_id, Username="anna")


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"custom__unknown": "x"}, "custom:unknown"),
        ({"custom__tenant": ""}, "at least 1"),
        ({"custom__tenant": "nine-long"}, "no more than 8"),
        ({"custom__badge": "x"}, "must be a number"),
        ({"email_verified": "yes"}, "true or false"),
        ({"sub": "mine"}, "sub"),
    ],
)
def test_attributes_follow_the_schema(directory: Directory, attributes: dict[str, str], reason: str) -> None:
    with pytest.raises(InvalidParameterError, match=reason):
        directory.add_user("ben@clinic.example", **attributes)
    assert _listed(directory, 'email = "ben@clinic.example"') == []


def test_a_required_attribute_must_be_there(directory: Directory) -> None:
    schema = [{"Name": "name", "AttributeDataType": "String", "Required": True}]
    pool_id = directory.ask("CreateUserPool", PoolName="named", Schema=schema)["UserPool"]["Id"]
    with pytest.raises(InvalidParameterError, match="name: The attribute is required"):
        directory.ask("AdminCreateUser", UserPoolId=pool_id, Username="anna")


def test_attributes_change_and_go(directory: Directory) -> None:
    _update(directory, custom__tenant="north", name="Anna")
    directory.here("AdminDeleteUserAttributes", Username=EMAIL, UserAttributeNames=["name"])
    attributes = _attributes(directory)
    assert attributes["custom:tenant"] == "north"
    assert "name" not in attributes


def test_an_attribute_that_is_set_for_good_does_not_change(directory: Directory) -> None:
    with pytest.raises(InvalidParameterError, match=r"user\.custom:badge: Attribute cannot be updated"):
        _update(directory, custom__badge="7")


def test_a_new_address_signs_in_unverified_and_the_old_one_is_free(directory: Directory) -> None:
    _update(directory, email_verified="true")
    _update(directory, email="anna@new.example")
    assert _attributes(directory, "anna@new.example")["email_verified"] == "false"
    assert directory.tokens(name="anna@new.example")["IdToken"]
    directory.add_user(EMAIL)


def test_an_address_of_another_user_cannot_be_taken(directory: Directory) -> None:
    directory.add_user("ben@clinic.example")
    with pytest.raises(AliasExistsError):
        _update(directory, email="ben@clinic.example")
    assert _attributes(directory)["email"] == EMAIL


def test_a_deleted_user_is_gone_and_the_address_free(directory: Directory) -> None:
    directory.here("CreateGroup", GroupName="therapist")
    directory.here("AdminAddUserToGroup", Username=EMAIL, GroupName="therapist")
    directory.here("AdminDeleteUser", Username=EMAIL)
    with pytest.raises(UserNotFoundError):
        directory.here("AdminGetUser", Username=EMAIL)
    assert directory.here("ListUsersInGroup", GroupName="therapist")["Users"] == []
    assert "cognito:groups" not in directory.claims(directory.tokens(name=directory.add_user(EMAIL))["IdToken"])


def test_an_invitation_is_repeated_only_while_it_stands(directory: Directory) -> None:
    with pytest.raises(UserStateError):
        directory.here("AdminCreateUser", Username=EMAIL, MessageAction="RESEND")
    directory.here("AdminCreateUser", Username="ben@clinic.example")
    again = directory.here("AdminCreateUser", Username="ben@clinic.example", MessageAction="RESEND", TemporaryPassword="Temporary-6-horse")
    assert again["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert directory.sign_in(name="ben@clinic.example", password="Temporary-6-horse")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_filters_find_by_value_and_by_beginning(directory: Directory) -> None:
    directory.add_user("andrew@clinic.example", name='An "A"')
    directory.add_user("ben@clinic.example")
    directory.here("AdminDisableUser", Username="ben@clinic.example")
    assert _listed(directory, 'email = "ben@clinic.example"') == ["ben@clinic.example"]
    assert _listed(directory, 'email ^= "an"') == ["andrew@clinic.example", EMAIL]
    assert _listed(directory, 'status = "Disabled"') == ["ben@clinic.example"]
    assert _listed(directory, 'cognito:user_status = "CONFIRMED"') == ["andrew@clinic.example", EMAIL, "ben@clinic.example"]
    assert _listed(directory, r'name = "An \"A\""') == ["andrew@clinic.example"]


@pytest.mark.parametrize("text", ['custom:tenant = "north"', "email", 'email > "a"'])
def test_a_filter_that_aws_refuses_is_refused(directory: Directory, text: str) -> None:
    with pytest.raises(InvalidParameterError):
        _listed(directory, text)


def test_pages_together_are_the_whole_list(directory: Directory) -> None:
    everybody = {directory.here("AdminGetUser", Username=EMAIL)["Username"]}
    everybody |= {directory.add_user(f"user{number}@clinic.example") for number in range(4)}
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = directory.here("ListUsers", Limit=2, AttributesToGet=["email"], **token)
        seen += [user["Username"] for user in answer["Users"]]
        assert all([one["Name"] for one in user["Attributes"]] == ["email"] for user in answer["Users"])
        if "PaginationToken" not in answer:
            break
        token = {"PaginationToken": answer["PaginationToken"]}
    assert len(seen) == len(everybody)
    assert set(seen) == everybody


def test_groups_have_members_until_they_go(directory: Directory) -> None:
    directory.here("CreateGroup", GroupName="therapist", Description="Sees patients")
    for _ in range(2):
        directory.here("AdminAddUserToGroup", Username=EMAIL, GroupName="therapist")
    members = directory.here("ListUsersInGroup", GroupName="therapist")["Users"]
    assert [user["Username"] for user in members] == [directory.here("AdminGetUser", Username=EMAIL)["Username"]]
    assert [group["Description"] for group in directory.here("AdminListGroupsForUser", Username=EMAIL)["Groups"]] == ["Sees patients"]

    directory.here("AdminRemoveUserFromGroup", Username=EMAIL, GroupName="therapist")
    assert directory.here("AdminListGroupsForUser", Username=EMAIL)["Groups"] == []


def test_a_deleted_group_leaves_no_member_behind(directory: Directory) -> None:
    directory.here("CreateGroup", GroupName="therapist")
    directory.here("AdminAddUserToGroup", Username=EMAIL, GroupName="therapist")
    directory.here("DeleteGroup", GroupName="therapist")
    directory.here("CreateGroup", GroupName="therapist")
    assert directory.here("AdminListGroupsForUser", Username=EMAIL)["Groups"] == []


def test_unknown_groups_and_second_ones_of_a_name_are_refused(directory: Directory) -> None:
    directory.here("CreateGroup", GroupName="therapist")
    with pytest.raises(GroupExistsError):
        directory.here("CreateGroup", GroupName="therapist")
    with pytest.raises(NotFoundError, match="Group not found"):
        directory.here("AdminAddUserToGroup", Username=EMAIL, GroupName="nobody")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("aA1!aA1!a", "not long enough"),
        ("aa1!aa1!aa", "uppercase"),
        ("AA1!AA1!AA", "lowercase"),
        ("aAb!aAb!aA", "numeric"),
        ("aA1baA1baA", "symbol"),
    ],
)
def test_each_rule_of_the_policy_holds(directory: Directory, password: str, reason: str) -> None:
    directory.here("UpdateUserPool", Policies={"PasswordPolicy": POLICY})
    with pytest.raises(InvalidPasswordError, match=reason):
        directory.here("AdminSetUserPassword", Username=EMAIL, Password=password, Permanent=True)
    assert directory.tokens(password=PASSWORD)["IdToken"]


@pytest.mark.parametrize(("password", "reason"), [(" aA1!aA1!aA", "space"), ("aA1!" * 65, "longer than 256")])
def test_what_no_policy_allows_is_refused(password: str, reason: str) -> None:
    with pytest.raises(InvalidPasswordError, match=reason):
        passwords.check(POLICY, password)


def test_a_refusal_of_a_password_does_not_repeat_it(directory: Directory) -> None:
    with pytest.raises(InvalidParameterError, match="Value at 'Password' failed") as refusal:
        directory.here("AdminSetUserPassword", Username=EMAIL, Password="My-secret-1 " * 30, Permanent=True)
    assert "My-secret" not in str(refusal.value)


@given(st.integers(min_value=6, max_value=99))
def test_a_generated_password_follows_every_policy(length: int) -> None:
    policy = POLICY | {"MinimumLength": length}
    passwords.check(policy, passwords.generated(policy))


def test_a_password_is_kept_as_a_salted_hash_alone() -> None:
    first, second = passwords.hashed(PASSWORD), passwords.hashed(PASSWORD)
    assert first != second
    assert PASSWORD not in first
    assert passwords.matches(PASSWORD, first)
    assert not passwords.matches("Wrong-horse-7-staple", first)
    assert not passwords.matches("", None)
