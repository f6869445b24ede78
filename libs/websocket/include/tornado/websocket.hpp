#pragma once

#include "tornado/websocket/group.hpp"
#include "tornado/websocket/reconnecting_client.hpp"
#include "tornado/websocket/websocket_connect.hpp"
#include "tornado/websocket/websocket_handler.hpp"
