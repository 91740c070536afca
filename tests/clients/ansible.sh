#!/bin/sh
# ansible - Debian's Ansible: the example playbook, with ec2_instance, ec2_ami,
# ec2_vol, ec2_snapshot, ec2_key, ec2_security_group and aws_caller_info
# boots guests
. tests/clients/lib.sh

endpoint_here
qami import "$(tests/guest/build tiny)" --name small >/dev/null
ANSIBLE_LOCALHOST_WARNING=False ANSIBLE_NOCOLOR=1
export ANSIBLE_LOCALHOST_WARNING ANSIBLE_NOCOLOR
/usr/bin/ansible-playbook -e image=small examples/ansible/playbook.yml
no_faults
# nothing is left of it
same '' "$(qami ps; qami vols; qami groups -q | sed 1d)"
same small "$(qami describe-images --query 'Images[].Name' --output text)"
