#pragma once

#include "tornado/pubsub/broker.hpp"
#include "tornado/pubsub/private_folder.hpp"
